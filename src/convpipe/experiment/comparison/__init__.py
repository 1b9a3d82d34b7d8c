"""The same task through different layers: matched networks trained on one dataset, and compared."""
