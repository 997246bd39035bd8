"""The errors of this package, and the warning of a measurement."""

from __future__ import annotations


class BatchmarkError(Exception):
    """What this package raises. The message says what happened, and what to do."""


class MeasurementError(BatchmarkError):
    """Nothing was measured. The message says why, and what to do."""


class ProgramNotFound(MeasurementError):
    """The `batchmark` program is missing, or it cannot be run."""


class BadRequest(MeasurementError):
    """The program refused the arguments, or a strategy cannot be measured here."""


class TargetUnreachable(MeasurementError):
    """No request reached the target."""


class AllBatchesFailed(MeasurementError):
    """Requests were made, but no batch of any strategy succeeded."""


class BadRecording(BatchmarkError):
    """The file is not a recording, or this version cannot read it."""


class MeasurementWarning(UserWarning):
    """Some batches failed and have no time. The message counts them and says what failed."""
