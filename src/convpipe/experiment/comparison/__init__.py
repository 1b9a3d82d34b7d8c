"""The same task through different layers: matched networks trained on one dataset, and what can be said of them."""
