"""The npm package: what is committed is what its source makes, its types are right, and nothing else is in it."""

import json
import shutil
from pathlib import Path

import pytest

from collector import sdk
from tests.npm import modules, run

CONSUMER = """
import { Room } from "livekit-client";
import { configure, event, identify, track, watch, watchAll } from "rtcpulse";
import { attachRoom } from "rtcpulse/livekit";
import { debug } from "rtcpulse/debug";

configure({ collector: "https://telemetry.example.com", key: "k", poll_ms: 1000, debug: (what, detail) => console.log(what, detail) });
const pc = new RTCPeerConnection();
const stop: () => void = watch(pc, { room: "r", label: "publisher", refs: { livekit: { room: "r" } } });
identify({ room: "r", participant: "p" }, pc);
track({ pc, direction: "inbound", mid: "0", track: "TR_1", source: "camera", wanted: true });
event("left", { reason: "done", count: 1 });
event("of my own");
const detach: () => void = attachRoom(new Room(), { tags: { plan: "pro" }, key: "k" });
const polls: number | undefined = debug({ overlay: true })?.counts().polls;
watchAll({ app: "a" });
// @ts-expect-error: a direction is one of two
track({ pc, direction: "sideways" });
// @ts-expect-error: there is no such option
watch(pc, { colour: "red" });
// @ts-expect-error: a value is flat
event("left", { deep: { value: 1 } });
export { detach, polls, stop };
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with the tools of its lock, which are fetched once."""
    folder = tmp_path_factory.mktemp("sdk") / "rtcpulse"
    shutil.copytree(sdk.FOLDER, folder, ignore=shutil.ignore_patterns("dist", "node_modules", "__pycache__"))
    (folder / "node_modules").symlink_to(modules("sdk", sdk.FOLDER))
    return folder


def test_what_is_committed_is_what_the_source_makes(package: Path) -> None:
    """Building again gives the same bytes: `npm ci && npm run build` in collector/sdk."""
    run(package, "npm", "run", "--silent", "build")
    built = {path.name: path.read_bytes() for path in (package / "dist").iterdir()}
    assert built == {name: content for name, (content, _) in sdk.files().items()}


def test_the_package_has_its_files_and_no_dependency(package: Path) -> None:
    """What `exports` names is in it; source, tools and Python are not."""
    manifest = json.loads((package / "package.json").read_text())
    assert "dependencies" not in manifest
    assert manifest["name"] == "rtcpulse"
    shutil.copytree(sdk.FOLDER / "dist", package / "dist", dirs_exist_ok=True)
    (packed,) = json.loads(run(package, "npm", "pack", "--dry-run", "--json"))
    files = {one["path"] for one in packed["files"]}
    named = {
        target
        for entry in manifest["exports"].values()
        for target in ([entry] if isinstance(entry, str) else entry.values())
    }
    assert {target.removeprefix("./") for target in named} <= files
    assert {path.split("/")[0] for path in files} == {"dist", "types", "package.json", "README.md"}


def test_types_hold_for_who_uses_them(package: Path) -> None:
    """A real Room of livekit-client is taken, and three mistakes are errors."""
    run(package, "node_modules/.bin/tsc", "--project", "types")
    consumer = package / "consumer"
    consumer.mkdir()
    (consumer / "index.ts").write_text(CONSUMER)
    options = ["--strict", "--noEmit", "--skipLibCheck", "--target", "es2022", "--module", "esnext"]
    options += ["--moduleResolution", "bundler", "--lib", "es2022,dom,dom.iterable,dom.asynciterable"]
    run(package, "node_modules/.bin/tsc", *options, "consumer/index.ts")


def test_every_public_name_has_a_type(package: Path) -> None:
    """No more and no less."""
    types = (package / "types" / "rtcpulse.d.ts").read_text()
    assert {line.split("(")[0].split()[-1] for line in types.splitlines() if line.startswith("export function")} == set(
        sdk.PUBLIC
    )
