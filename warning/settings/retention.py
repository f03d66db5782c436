"""What ``retention.yaml`` may say: how long people's data are kept."""

from pydantic import Field, model_validator

from warning.language import say
from warning.settings.base import Strict


class RetentionSettings(Strict):
    """The whole of ``retention.yaml``; days are counted to the moment of the purge."""

    records_days: int = Field(1825, ge=1)  #: from the report of a record's last version
    keep_open_cases: bool = True  #: a record stays while a letter or task force on it is open
    quarantine_days: int = Field(90, ge=1)  #: from the load
    warnings_days: int = Field(1825, ge=1)  #: tiers of past nights
    warnings_whole_days: int = Field(35, ge=1)  #: the row of every case; then changes of tiers
    documents_days: int = Field(3650, ge=1)  #: letters and task forces that are closed
    exports_days: int = Field(30, ge=1)  #: files that ``warning export`` wrote
    archive_days: int = Field(90, ge=1)  #: files that the inbox gave
    backups: str | None = None  #: directory of backups; None leaves them to their own care
    backups_days: int = Field(180, ge=1)

    @model_validator(mode="after")
    def _backups_end_too(self) -> "RetentionSettings":
        if self.backups is not None and self.backups_days > self.records_days:
            raise ValueError(
                say("备份不应比记录保存更久", "backups must not be kept longer than records")
            )
        return self
