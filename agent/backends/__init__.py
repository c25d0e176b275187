"""The models that answer: one protocol in ``base``, one module for each way to run one."""
