"""What ``retention.yaml`` may say: how long people's data are kept."""

from pydantic import model_validator

from warning.language import say
from warning.settings.base import Strict
from warning.settings.numbers import Days
from warning.settings.words import PathText


class RetentionSettings(Strict):
    """The whole of ``retention.yaml``; days are counted to the moment of the purge."""

    records_days: Days = 1825  #: from the report of a record's last version
    keep_open_cases: bool = True  #: a record stays while a letter or task force on it is open
    quarantine_days: Days = 90  #: from the load
    warnings_days: Days = 1825  #: tiers of past nights; those that a night goes on from stay
    warnings_whole_days: Days = 35  #: the row of every case; then changes of tiers
    documents_days: Days = (
        3650  #: documents of closed letters and task forces; their rows, once no report is left
    )
    events_days: Days = 90  #: events that the platform acknowledged, from then on
    exports_days: Days = 30  #: files that ``warning export`` wrote
    archive_days: Days = 90  #: files that the inbox gave
    backups: PathText | None = None  #: directory of backups; None leaves them to their own care
    backups_days: Days = 180

    @model_validator(mode="after")
    def _backups_end_too(self) -> "RetentionSettings":
        if self.backups is not None and self.backups_days > self.records_days:
            raise ValueError(
                say("备份不应比记录保存更久", "backups must not be kept longer than records")
            )
        return self
