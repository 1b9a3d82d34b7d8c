"""report.html: data, settings and results of a run on one self-contained page.

`run_facts.py` reads the folder of a run, `sections.py` writes the sections of the page, `build.py` assembles the page.
"""
