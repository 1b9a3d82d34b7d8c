"""What convpipe costs beside other libraries: suites of measurements, each in a fresh process, in turn.

A suite is a module of this package with

- `PEERS`: the libraries that it can measure beside convpipe, each with the packages that it needs;
- `groups(settings)`: lists of `Case`; those of a list are measured in turn, and stand in rows of the table;
- `measure(values, seed)`: called in a fresh process with the values of a case; returns figures by name;
- `columns(measured)`: the columns of a row, from what `measure` returned for each repeat;
- `said(measured)`: the figures of one measurement in a few words;
- `lines(rows)`: the rows of the table for a terminal of 80 columns;
- `figure(rows)`: a matplotlib figure of them, or None.
"""

#: Name of a suite -> its module. A further suite is one line here and one module.
SUITES = {
    "export": "convpipe.experiment.benchmark.export",
    "fixed_kernels": "convpipe.experiment.benchmark.fixed_kernels",
    "scaling": "convpipe.experiment.benchmark.scaling",
    "start": "convpipe.experiment.benchmark.start",
    "training": "convpipe.experiment.benchmark.training",
}
