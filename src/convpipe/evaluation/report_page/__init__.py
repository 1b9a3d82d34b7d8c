"""report.html: what a run did and found, on one page that needs no network.

`run_facts.py` reads the folder of a run, `sections.py` writes the parts of the page, `build.py` puts them together.
"""
