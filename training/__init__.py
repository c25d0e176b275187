"""Makes the model: rows, mixture, trainer, evaluation, release. Imports the library; nothing imports it."""
