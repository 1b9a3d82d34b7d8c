"""The same task through different layers: matched networks trained on one data set, and what can be said of them."""
