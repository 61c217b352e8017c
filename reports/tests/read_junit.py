"""Reads a JUnit file with junitparser, a reader that we did not write, and compares its counts.

    python reports/tests/read_junit.py FILE [SUMMARY.json]

With the JSON summary of the same run (`dryrun report RECORD --json`), every scenario must be there with its outcome.
Exits 1 and says why when something is missing.
"""

import json
import sys

from junitparser import Error, Failure, JUnitXml, Skipped


def outcome(case):
    kinds = {type(result) for result in case.result}
    if Error in kinds or Failure in kinds:
        return "failed"
    return "not run" if Skipped in kinds else "passed"


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    xml = JUnitXml.fromfile(sys.argv[1])
    wrong = []
    cases = [case for suite in xml for case in suite]
    failures = sum(isinstance(result, Failure) for case in cases for result in case.result)
    errors = sum(isinstance(result, Error) for case in cases for result in case.result)
    for what, said, counted in (
        ("tests", xml.tests, len(cases)),
        ("failures", xml.failures, failures),
        ("errors", xml.errors, errors),
    ):
        if said != counted:
            wrong.append(f"the root says {said} {what}, there are {counted}")
    if len({(case.classname, case.name) for case in cases}) != len(cases):
        wrong.append("two cases share class and name: a reader would take them for one")
    for case in cases:
        if not case.classname:
            wrong.append(f"{case.name}: no classname")
    if len(sys.argv) == 3:
        with open(sys.argv[2], encoding="utf-8") as file:
            summary = json.load(file)
        found = {case.system_out.split("  ", 1)[0]: outcome(case) for case in cases if case.system_out}
        for scenario in summary["scenarios"]:
            wanted = {"flaky": "passed", "not_run": "failed"}.get(scenario["outcome"], scenario["outcome"])
            if found.get(scenario["id"]) != wanted:
                wrong.append(f"{scenario['id']}: {found.get(scenario['id'])}, but {scenario['outcome']} in the summary")
        if (summary["verdict"] == "GO") != (failures + errors == 0):
            wrong.append(f"the verdict is {summary['verdict']}, but the file has {failures} failures, {errors} errors")
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(cases)} cases, {failures} failures, {errors} errors: junitparser reads them all")


if __name__ == "__main__":
    main()
