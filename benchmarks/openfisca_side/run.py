"""Runs the provisions under openfisca-core: `python -m benchmarks.openfisca_side.run TASK.json`.

The task names the snapshot, the parameters' values, the outputs and where to put them; the answer is one JSON line.
Times: `load_s` Parquet to openfisca's inputs, `run_s` inputs to results, `one_s` one household built and calculated.
"""

from __future__ import annotations

import datetime
import json
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from openfisca_core.indexed_enums import EnumArray
from openfisca_core.parameters import ParameterNode
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from benchmarks.openfisca_side import income, inputs, people, programs

YES = 3


def system(values: dict[str, float]) -> TaxBenefitSystem:
    """Entities, inputs, formulas and the values of the parameters that hold in the month."""
    made = TaxBenefitSystem([inputs.Person, inputs.Household])
    made.parameters = ParameterNode(
        "", data={key: {"values": {"2000-01-01": {"value": value}}} for key, value in values.items()}
    )
    for variable in (*inputs.input_variables(), *formulas()):
        made.add_variable(variable)
    return made


def formulas() -> list[type[Variable]]:
    return [
        one
        for module in (people, income, programs)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Variable) and one is not Variable
    ]


def read(folder: Path, part: str, names: list[str]) -> dict[str, np.ndarray]:
    """Columns of all counties; a null takes the default that an openfisca input has."""
    counties = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["counties"]
    tables = [pq.read_table(folder / f"{part}-{county}.parquet", columns=names) for county in counties]
    return {
        name: np.concatenate([table[name].to_numpy(zero_copy_only=False) for table in tables])
        for name in names
    }


def clean(array: np.ndarray) -> np.ndarray:
    return np.nan_to_num(array) if array.dtype.kind == "f" else array


def feed(simulation, month: str, columns: dict[str, np.ndarray]) -> None:
    for name, array in columns.items():
        variable = simulation.tax_benefit_system.get_variable(name)
        if variable.value_type is bool:
            value = clean(array) == YES
        elif variable.value_type is int:
            value = clean(array).astype(np.int32)
        elif variable.value_type is float:
            value = (clean(array) / 100).astype(np.float32)
        elif variable.value_type is datetime.date:
            value = clean(array).astype(np.int64).astype("datetime64[D]")
        else:
            default = variable.default_value.index
            codes = np.where(np.isnan(array), default, array) if array.dtype.kind == "f" else array
            value = EnumArray(codes.astype(np.int16), variable.possible_values)
        simulation.set_input(name, month, value)


def city(task: dict, made: TaxBenefitSystem):
    folder = Path(task["snapshot"])
    homes = read(folder, "units", ["unit_size", *_columns("household")])
    persons = read(folder, "ties", _columns("person"))
    sizes = homes.pop("unit_size")
    builder = SimulationBuilder()
    builder.create_entities(made)
    builder.declare_person_entity("person", np.arange(sizes.sum()))
    household = builder.declare_entity("household", np.arange(len(sizes)))
    builder.join_with_persons(household, np.repeat(np.arange(len(sizes)), sizes), np.zeros(sizes.sum(), int))
    simulation = builder.build(made)
    feed(simulation, task["month"], homes)
    feed(simulation, task["month"], persons)
    return simulation


def _columns(entity: str) -> list[str]:
    return [v.__name__ for v in inputs.input_variables() if v.entity.key == entity]


def one_household(task: dict, made: TaxBenefitSystem) -> float:
    """Median seconds to build and calculate one household of four from its facts."""
    month, people_facts, home_facts = task["month"], task["one"]["people"], task["one"]["household"]
    situation = {
        "people": {f"p{i}": {k: {month: v} for k, v in p.items()} for i, p in enumerate(people_facts)},
        "households": {
            "h": {"members": [f"p{i}" for i in range(len(people_facts))]}
            | {k: {month: v} for k, v in home_facts.items()}
        },
    }
    taken = []
    for _ in range(task["repeat"]):
        began = time.perf_counter()
        simulation = SimulationBuilder().build_from_entities(made, situation)
        for name in task["outputs"]:
            simulation.calculate(name, month)
        taken.append(time.perf_counter() - began)
    return float(np.median(taken))


def peak_kib() -> int:
    """Peak memory of this process alone: what a parent held before it started us does not count."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def main(path: str) -> None:
    task = json.loads(Path(path).read_text(encoding="utf-8"))
    made = system(task["parameters"])
    answer: dict[str, object] = {"formulas": len(formulas()), "runs_s": []}
    if task.get("one"):
        answer["one_s"] = one_household(task, made)
    else:
        for _ in range(task["repeat"]):
            began = time.perf_counter()
            simulation = city(task, made)
            loaded = time.perf_counter()
            results = {name: simulation.calculate(name, task["month"]) for name in task["outputs"]}
            done = time.perf_counter()
            answer["runs_s"].append([loaded - began, done - loaded])
            answer.setdefault("peak_kib", peak_kib())
            del simulation
        if task.get("results"):
            np.savez(task["results"], **results)
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
