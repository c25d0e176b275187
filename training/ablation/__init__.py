"""The honest table: does training tasks together, or any way of doing so, beat a model per task of the same size?

plan      the arms, and the training configuration of each
trial     one arm with one seed, in a process of its own: train, score, measure; a JSON file when it is done
running   trials side by side, resumable: what has its file is not done again
report    the table and the plots
"""
