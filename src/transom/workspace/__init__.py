"""The product's verbs, by subject, and the only place where its parts are put together."""
