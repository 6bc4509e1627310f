"""Fetch GMB from Kaggle (lesson 01 says what it is)."""

import shutil
from importlib.util import find_spec
from pathlib import Path

from ner_tutorial import files
from ner_tutorial.corpus import GMB
from ner_tutorial.errors import CorpusError

KAGGLE_DATASET = "abhinavwalia95/entity-annotated-corpus"
GMB_BYTES = 15_208_151
GMB_SHA256 = "83257dd94ed59596809dc9f5b28f1f035c9d925d5a647f266db43a2f098e8f1a"


def download(target: Path = GMB) -> Path:
    """Fetch GMB from Kaggle, and put it in place once its size and SHA-256 are right.

    kagglehub shows the progress, keeps what has arrived in its cache, and after a break goes on
    from there. If the target is GMB already, nothing is fetched.

    Returns:
        The target.

    Raises:
        CorpusError: Kaggle cannot be reached, or what came is not GMB, or another file is in the
            way. The message says what to do by hand; nothing is left in the target's place.
    """
    if target.exists():
        if _is_gmb(target):
            return target
        raise CorpusError(f"{target}: is another file than Kaggle's; move it away and try again")
    by_hand = (
        f"download https://www.kaggle.com/datasets/{KAGGLE_DATASET} with a browser, "
        f"and put {GMB.name} into {target.parent}"
    )
    if find_spec("kagglehub") is None:
        raise CorpusError(
            f"kagglehub is not installed; install ner-tutorial[lessons], or {by_hand}"
        )
    try:
        fetched = _fetch(force=False)
        if not _is_gmb(fetched):  # it may be an old one from the cache
            fetched = _fetch(force=True)
    except Exception as error:  # kagglehub's errors, those of requests, and others share no class
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:150]
        raise CorpusError(f"{GMB.name} did not come from Kaggle ({reason}); {by_hand}") from None
    if not _is_gmb(fetched):
        size = fetched.stat().st_size
        raise CorpusError(
            f"{fetched}: {size:,} bytes came from Kaggle, but not the {GMB_BYTES:,} of GMB with "
            f"the SHA-256 {GMB_SHA256[:8]}...; {by_hand}"
        )
    try:
        with files.whole(target) as partial:
            shutil.copyfile(fetched, partial)
    except OSError as error:
        raise CorpusError(f"{target}: cannot be written ({error.strerror}); {by_hand}") from None
    return target


def _fetch(force: bool) -> Path:
    import kagglehub  # here, since it belongs to the lessons' packages, which not everybody has

    return Path(kagglehub.dataset_download(KAGGLE_DATASET, path=GMB.name, force_download=force))


def _is_gmb(path: Path) -> bool:
    return path.stat().st_size == GMB_BYTES and files.sha256(path) == GMB_SHA256
