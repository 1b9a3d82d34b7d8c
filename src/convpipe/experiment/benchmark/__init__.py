"""Benchmarks of convpipe and other libraries: suites of measurements, each in a fresh process.

A suite is a module of this package with

- `PEERS`: the other libraries that it can measure, each with the packages that it needs;
- `groups(settings)`: lists of `Case`. The cases of a list are measured in turn; each is a row of the table;
- `measure(values, seed)`: called in a fresh process with the values of a case; returns results by name;
- `columns(measured)`: the columns of a row, from the results of all repeats;
- `summary(measured)`: the results of one measurement as a short text;
- `lines(rows)`: the rows of the table for a terminal of 80 columns;
- `figure(rows)`: a matplotlib figure of the rows, or None.
"""

#: Name of a suite -> its module. To add a suite, write a module and add a line here.
SUITES = {
    "export": "convpipe.experiment.benchmark.export",
    "fixed_kernels": "convpipe.experiment.benchmark.fixed_kernels",
    "scaling": "convpipe.experiment.benchmark.scaling",
    "start": "convpipe.experiment.benchmark.start",
    "training": "convpipe.experiment.benchmark.training",
}
