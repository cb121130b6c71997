"""Downloads of the apps, as the stores' exports tell them: docs/stores.md."""
