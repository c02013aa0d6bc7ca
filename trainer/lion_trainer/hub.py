"""Weights from the Hugging Face hub, with the login of the machine that asks: no token comes from anywhere else."""

from __future__ import annotations

from pathlib import Path

from lion_trainer.errors import BadInput, TrainerError

# Weights in safetensors, configurations and tokenizers. Nothing that can hold code, and no second copy in a subfolder.
WANTED = ("*.safetensors", "*.json", "*.jinja", "tokenizer.model", "merges.txt", "vocab.txt")
UNWANTED = ("*/*", "consolidated*")


def resolve_model(name: str, revision: str = "main") -> Path:
    """The folder with a model's files, fetched unless they are here already.

    `name` is organisation/name at the hub, `revision` a branch, tag or commit. Without a connection, what an earlier
    call has fetched serves. Raises BadInput for a model that is not there, gated or without usable weights, and
    TrainerError for a hub that cannot be reached.
    """
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError
        from huggingface_hub.utils.tqdm import disable_progress_bars
    except ImportError:
        raise BadInput("Weights from the hub need the package huggingface_hub; install it on this host.") from None
    try:
        disable_progress_bars()  # they redraw themselves, which has no place in a log
        fetched = snapshot_download(
            name, revision=revision, allow_patterns=list(WANTED), ignore_patterns=list(UNWANTED)
        )
    except HFValidationError:
        raise BadInput(f'"{name}" is no name of the hub; it must be organisation/name.') from None
    except Exception as error:
        raise _explained(error, name, revision) from error
    folder = Path(fetched)
    if not any(folder.glob("*.safetensors")):
        raise BadInput(f"{name} has no weights in safetensors at the hub; convert it there, or choose another model.")
    return folder


def _explained(error: Exception, name: str, revision: str) -> BadInput | TrainerError:
    """What a failed look-up means for a person."""
    from huggingface_hub import errors

    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, errors.GatedRepoError) or status == 403:
        return BadInput(
            f"{name} is gated: accept its licence at https://huggingface.co/{name}, then log in on this host with "
            "`hf auth login`."
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return BadInput(f'{name} has no revision "{revision}" at the hub.')
    if isinstance(error, errors.RepositoryNotFoundError) or status == 401:
        return BadInput(
            f"The hub knows no {name}, or it is private: check the name, or log in on this host with `hf auth login`."
        )
    if isinstance(error, errors.LocalEntryNotFoundError | errors.OfflineModeIsEnabled | ConnectionError | TimeoutError):
        return TrainerError(
            f"The hub cannot be reached from this host and {name} is not in its cache; bring the folder here and give "
            "its path instead."
        )
    if isinstance(error, OSError) and error.errno is not None:
        return TrainerError(f"{name} could not be stored here: {error.strerror}.")
    first_line = (str(error).strip() or type(error).__name__).split("\n")[0]
    return TrainerError(f"{name} could not be fetched from the hub: {first_line}")
