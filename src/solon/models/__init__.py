"""Language models, reward and value models, their tokens and chat templates."""
