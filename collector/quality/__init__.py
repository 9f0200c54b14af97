"""Figures of a take. They are measured in the finalise process (measure.py); what compares them loads no arrays."""

from collector.quality.history import Remark as Remark
from collector.quality.history import Standing as Standing
from collector.quality.history import against as against
from collector.quality.history import figures_in as figures_in
from collector.quality.history import history_of as history_of
from collector.quality.history import instants_in as instants_in
from collector.quality.history import remarks as remarks
from collector.quality.table import METRICS as METRICS
