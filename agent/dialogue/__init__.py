"""The dialogue stack, the execution of one turn, and the resolvers of what people say."""
