"""Scores a model on every set of a folder, through the path that serves it.

    report = score_folder(Setup(model_dir, data, train_data, split="dev"), ["clinc150", "own"])

``sets`` makes the questions and knows what is right, ``understanding`` and ``texts`` are the metrics, ``baselines`` the
linear models every classification figure stands beside, ``run`` asks a backend, ``report`` draws.
"""
