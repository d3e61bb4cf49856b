"""Reading text without a model: words and sentences, numbers with their units. Shared by signals and pairs."""
