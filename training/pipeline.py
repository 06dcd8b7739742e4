"""One training run: read → clean → evaluate → gate → fit → rank → publish."""

from __future__ import annotations

import getpass
import socket
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from service.settings import Settings
from service.store.lease import Lease
from service.store.versions import DemoRefused, VersionInfo, forget_versions, list_versions, live
from training.configuration import TrainingConfig, parse_section
from training.diversity import Controls
from training.erase_files import erase_files
from training.errors import GateRefused, UsageError
from training.evaluation import QUICK_MODELS, Evaluation, Terms, evaluate
from training.evaluation.rolling import pooled
from training.fitting import fit_models
from training.fixed_blend import FIXED_BLEND
from training.gate import Verdict, judge, judge_lists
from training.item_attributes import attributes_of
from training.learning_steps import StepCache
from training.list_inspection import inspect
from training.model_config import ModelConfig
from training.preparation import Prepared, Sources, prepare
from training.publish import publish
from training.run_id import new_run_id
from training.stages import Stages
from training.store_session import Store, locked, opened
from training.summary import GateOutcome, RunSummary
from training.tombstone_file import tombstones_of
from training.two_stage import TWO_STAGE
from training.user_paths import naming, require_writable
from training.version_artefact import VersionArtefact, prune
from training.version_content import write_content

DATA_DIR = "RECS_DATA_DIR"


@dataclass(frozen=True)
class RunRequest:
    """What one run is asked for.

    Attributes:
        sources: which orders and catalogue, and how to read them.
        publish: go on after the gate.
        force: publish even if the gate refuses.
    """

    sources: Sources
    publish: bool = True
    force: bool = False


class Run:
    """A run, and the `summary` that fills as it goes."""

    def __init__(
        self, request: RunRequest, config: TrainingConfig, settings: Settings, stages: Stages
    ) -> None:
        self.summary = RunSummary(seconds=stages.seconds, peak_mb=stages.peak_mb)
        self._request = request
        self._sources = request.sources
        self._config = config
        self._settings = settings
        self._stages = stages
        self._versions = settings.data_dir / "versions"
        self._id = new_run_id()
        self._steps = StepCache()
        self._controls: Controls | None = None

    def execute(self) -> None:
        """Run all of it.

        Raises:
            TrainingError: its kinds tell what the exit code is; the live version is untouched by each.
        """
        if not self._request.publish:
            self._judge(self.prepare(), live_info=None, first=False)
            return
        require_writable(DATA_DIR, self._versions)
        with opened(self._settings) as store, locked(store) as lease:
            self._obey_erasures(store)
            prepared = self.prepare()
            live_info = _info_to_beat(store)
            verdict = self._judge(prepared, live_info, first=live_info is None)
            artefact = self._build(prepared, verdict)
            self._publish(artefact, store, lease)

    def prepare(self) -> Prepared:
        """Read and clean. Raises `InputRefused` where too much of it is bad."""
        run_folder = self._settings.data_dir / "runs" / self._id
        prepared = prepare(self._sources, self._config.orders, run_folder, self._stages, self.summary)
        self._controls = self._controls_over(prepared)
        return prepared

    def _obey_erasures(self, store: Store) -> None:
        """Leave out who was erased until now, and take them out of files that the service cannot reach."""
        data_dir = self._settings.data_dir
        with naming(DATA_DIR, data_dir):
            tombstones = tombstones_of(store, data_dir)
            self._sources = replace(self._sources, tombstones=tombstones)
            for fault in erase_files(data_dir, tombstones).faults:
                self._stages.say(f"somebody was erased, but not out of this: {fault}")

    def _controls_over(self, prepared: Prepared) -> Controls | None:
        """The controls of diversity; None where none is on, so that nobody reads the catalogue for them."""
        config = self._config.diversity
        if not config.changes_lists:
            return None
        attributes = attributes_of(prepared.catalog)
        controls = Controls(config, attributes, self._config.publish.list_length)
        for note in controls.notes():
            self._stages.say(note)
        return controls

    def evaluate(self, prepared: Prepared) -> Evaluation:
        """Measure the models of the configured profile on the last days of the history."""
        with self._stages.stage("evaluate", "Measuring the models on the last days") as progress:
            window = self._config.evaluation.window_days
            found = evaluate(
                prepared.interactions,
                self._config.models,
                window_days=window,
                models=QUICK_MODELS,
                terms=Terms(controls=self._controls, steps=self._steps),
                progress=progress.step,
            )
        self.summary.metrics, self.summary.evaluation = found.metrics, pooled([found]).as_json()
        self.summary.judged_customers = found.customers
        self.summary.blend = found.blend
        if found.blend == FIXED_BLEND and self._config.models.learns:
            self._stages.say(
                "too few customers to learn an order of products from "
                f"({self._config.models.rerank_min_customers} are needed): the fixed blend is taken"
            )
        return found

    def _judge(self, prepared: Prepared, live_info: VersionInfo | None, *, first: bool) -> Verdict:
        candidate = self.evaluate(prepared)
        live = self._evaluate_live(prepared, live_info)
        asked = self._config.evaluation
        verdict = judge(
            candidate,
            first=first,
            min_customers=asked.min_customers,
            min_coverage=asked.min_coverage,
            live=live,
        )
        self._obey(verdict)
        return verdict

    def _obey(self, verdict: Verdict) -> None:
        self.summary.gate = GateOutcome(verdict.passed, verdict.why)
        self.summary.model = verdict.model
        if not verdict.passed and not self._request.force:
            raise GateRefused("the gate refused: " + "; ".join(verdict.refusals))

    def _evaluate_live(self, prepared: Prepared, info: VersionInfo | None) -> Evaluation | None:
        """The live configuration refitted before the same cut; None where it is the candidate's own.

        Under the candidate's controls of diversity: what they cost is the shop's own wish, no step back.
        """
        if info is None or info.config_digest == self._config.models_digest():
            return None
        faults: list[str] = []
        # A version without the option was published before there was anything to learn from.
        config = parse_section(ModelConfig, "models", {"rerank_steps": 0, **info.config}, faults)
        if faults:
            # Options come and go between releases; the baselines still stand guard.
            self._stages.say(
                f"the live configuration is of another release, not compared: {'; '.join(faults)}"
            )
            return None
        window = self._config.evaluation.window_days
        return evaluate(
            prepared.interactions,
            config,
            window_days=window,
            models=("blend",),
            terms=Terms(controls=self._controls),
        )

    def _build(self, prepared: Prepared, verdict: Verdict) -> VersionArtefact:
        """Fit on all orders and write the version's artefact. Raises `GateRefused` for what it lists."""
        with self._stages.stage("fit", "Fitting on all orders") as progress:
            fitted = fit_models(prepared.interactions, self._as_judged(), progress.step, self._steps)
        self._steps = StepCache()  # half a gigabyte that ranking has no use for
        self.summary.blend = fitted.blend.name
        ranking = self._stages.stage("rank", "Ranking products for every customer")
        with naming(DATA_DIR, self._versions), ranking as progress:
            artefact = VersionArtefact.begin(self._versions, self._id)
            diversifier = self._controls.diversifier(prepared.interactions) if self._controls else None
            publish_config = self._config.publish
            write_content(artefact, prepared, fitted, verdict.model, publish_config, progress, diversifier)
        verdict = self._judge_lists(artefact, prepared, verdict)
        with naming(DATA_DIR, self._versions):
            return artefact.finish(self._info(prepared, verdict))

    def _as_judged(self) -> ModelConfig:
        """The models' configuration, of the kind of blend that was judged: no other goes live unseen."""
        models = self._config.models
        return models if self.summary.blend == TWO_STAGE else replace(models, rerank_steps=0)

    def _judge_lists(self, artefact: VersionArtefact, prepared: Prepared, verdict: Verdict) -> Verdict:
        """The gate's last look, at the very lists that are about to be published."""
        with self._stages.stage("inspect", "Looking over the lists"):
            inspection = inspect(artefact, prepared.interactions)
        verdict = judge_lists(verdict, inspection, self._config.evaluation.min_coverage)
        try:
            self._obey(verdict)
        except GateRefused:
            artefact.discard()
            raise
        return verdict

    def _publish(self, artefact: VersionArtefact, store: Store, lease: Lease) -> None:
        with self._stages.stage("publish", "Publishing") as progress:
            try:
                publish(artefact, store, lease, progress)
            except DemoRefused as error:
                raise UsageError(f"{error}; nothing was published") from error
        self.summary.version, self.summary.published = artefact.folder.name, True
        self._forget_old(store)

    def _forget_old(self, store: Store) -> None:
        """Keep the newest versions, by the store's list there and by this disk's artefacts here."""
        keep = self._config.publish.keep_versions
        surplus = list_versions(store.client, store.keys)[keep:]
        forget_versions(store.client, store.keys, [info.version for info in surplus])
        current = live(store.client, store.keys)
        in_store = [current.version, current.previous] if current else []
        with naming(DATA_DIR, self._versions):
            prune(self._versions, keep, always=in_store)

    def _info(self, prepared: Prepared, verdict: Verdict) -> VersionInfo:
        return VersionInfo(
            version=self._id,
            created_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            published_by=f"{getpass.getuser()}@{socket.gethostname()}",
            model=verdict.model,
            blend=self.summary.blend,
            demo=self._config.publish.demo,
            forced=not verdict.passed,
            config_digest=self._config.models_digest(),
            config=asdict(self._config.models),
            metrics=self.summary.metrics,
            counts={
                "orders": self.summary.orders,
                "customers": self.summary.customers,
                "products": len(prepared.catalog.product_ids),
                "interactions": self.summary.interactions,
            },
            size_bytes=0,
        )


def _info_to_beat(store: Store) -> VersionInfo | None:
    """The live version; None where nothing is live but the demonstration shop, which is no yardstick."""
    current = live(store.client, store.keys)
    if current is None:
        return None
    infos = {info.version: info for info in list_versions(store.client, store.keys)}
    info = infos.get(current.version)
    return None if info is None or info.demo else info
