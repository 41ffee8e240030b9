# SPDX-License-Identifier: Apache-2.0
"""What cpefleet prints and how it exits when nothing is contacted."""
import re
import subprocess
import unittest

import support
from support import call, check_golden


class Golden(unittest.TestCase):
    maxDiff = None

    def check(self, name, code, *arguments, **env):
        got = call(*arguments, **env)
        self.assertEqual(got.code, code, got)
        text = f"$ cpefleet {' '.join(arguments)}\n{got.out}"
        if got.err:
            text += f"--- stderr\n{got.err}"
        check_golden(self, name, text + f"--- exit {got.code}\n")
        return got

    # --- help ---

    def test_help(self):
        self.check("help", 0, "--help")

    def test_help_of_each_subcommand(self):
        listed = re.findall(r"^  ([a-z-]+) {2,}", call("--help").out.split("Subcommands:")[1], re.M)
        self.assertIn("run", listed)
        for name in listed:
            with self.subTest(name):
                self.check(f"help-{name}", 0, name, "--help")

    def test_help_of_what_stands_below_a_subcommand(self):
        for command, below in (("scenarios", "show"), ("profiles", "explain")):
            with self.subTest(f"{command} {below}"):
                self.assertIn("name", call(command, below, "--help").out)

    def test_version(self):
        got = call("--version")
        self.assertEqual(got.code, 0)
        self.assertRegex(got.out, r"^cpefleet \d+\.\d+\.\d+\n$")

    # --- usage ---

    def test_an_unknown_flag_names_the_nearest(self):
        self.check("unknown-flag", 2, "run", "scenarios/good.yaml", "--thraeds", "2")

    def test_an_unknown_variable_names_the_nearest(self):
        self.check("unknown-variable", 2, "plan", "scenarios/good.yaml", CPEFLEET_SED="4")

    def test_an_unknown_subcommand(self):
        self.check("unknown-subcommand", 2, "rnu", "scenarios/good.yaml")

    def test_an_unknown_subcommand_names_the_nearest(self):
        self.assertRegex(call("rnu", "scenarios/good.yaml").err, r"did you mean [\"`]?run\b")

    def test_an_unknown_word_below_a_subcommand_names_the_nearest(self):
        got = call("scenarios", "shwo", "quickstart")
        self.assertEqual(got.code, 2, got)
        self.assertIn("unknown command scenarios shwo (did you mean show?)", got.err)

    def test_no_session_at_a_time_is_no_limit(self):
        self.assertIn(call("plan", "scenarios/good.yaml", "--in-flight", "0").code, (2, 104))

    def test_a_share_above_one_is_none(self):
        self.assertIn(call("acs", "--listen", "127.0.0.1:0", "--refuse", "3", "--for", "100ms").code, (2, 104))

    def test_a_ca_file_that_is_not_there(self):
        self.assertEqual(call("plan", "scenarios/good.yaml", "--ca", "missing.pem").code, 104)

    def test_no_subcommand(self):
        self.check("no-subcommand", 2)

    def test_a_flag_without_its_value(self):
        self.check("flag-without-value", 2, "run", "scenarios/good.yaml", "--seed")

    def test_a_flag_whose_value_is_no_number(self):
        self.check("flag-not-a-number", 2, "run", "scenarios/good.yaml", "--seed", "many")

    def test_an_unknown_scenario_to_show(self):
        got = call("scenarios", "show", "quickstrat")
        self.assertEqual(got.code, 2, got)
        self.assertIn("quickstart", got.err)

    # --- bad configuration ---

    def test_an_unknown_profile(self):
        self.check("unknown-profile", 104, "plan", "--profile", "gxp2171")

    def test_a_profile_and_a_file_exclude_each_other(self):
        self.check("profile-and-file", 2, "plan", "scenarios/good.yaml", "--profile", "gxp2170")

    def test_flags_for_runs_without_a_file_are_refused_beside_one(self):
        for flag, text in (("--rate", "5/s"), ("--count", "3"), ("--duration", "1m"), ("--firmware", "1.0.11.35")):
            got = call("plan", "scenarios/good.yaml", flag, text)
            self.assertEqual(got.code, 2, flag)
            self.assertIn(flag, got.err)
        self.assertEqual(call("run", "scenarios/good.yaml", "--known").code, 2)

    def test_nothing_to_run(self):
        for command in ("run", "plan"):
            got = call(command)
            self.assertEqual(got.code, 2, got)
            self.assertIn("give a scenario FILE, builtin:NAME, or --profile MODEL", got.err)
            self.assertEqual(call(command, "--count", "3").code, 2)

    def test_a_file_that_is_not_there(self):
        self.check("no-file", 104, "run", "scenarios/missing.yaml")

    def test_a_file_that_cannot_be_read(self):
        got = call("run", "scenarios")
        self.assertEqual(got.code, 104, got)
        self.assertIn("scenarios: is a directory", got.err)

    def test_an_unknown_built_in_scenario(self):
        self.check("unknown-builtin", 104, "run", "builtin:quickstat")

    def test_a_scenario_from_a_pipe(self):
        piped = subprocess.run(["bash", "-c", f"'{support.binary}' plan <(cat scenarios/good.yaml)"], text=True,
                               capture_output=True, cwd=support.HERE, env=support.environment(), timeout=60, check=False)
        self.assertEqual(piped.returncode, 0, piped.stderr)

    def test_a_bad_rate_on_the_command_line(self):
        self.check("bad-rate", 104, "run", "--profile", "gxp2170", "--rate", "50")

    def test_a_bad_drain(self):
        self.check("bad-drain", 104, "run", "scenarios/good.yaml", "--drain", "soon")

    # --- lint ---

    def test_lint_lists_every_mistake_with_its_place(self):
        got = self.check("lint-mistakes", 104, "lint", "scenarios/mistakes.yaml")
        places = re.findall(r"^scenarios/mistakes\.yaml:(\d+):(\d+): ", got.err, re.M)
        self.assertGreaterEqual(len(places), 15)
        self.assertEqual(places, sorted(places, key=lambda p: (int(p[0]), int(p[1]))), "in the order of the file")
        for meant in ("seed", "gxp2170", "count", "known", "desks", "periodic", "spike", "session_duration", "storm",
                      "connect_refused", "rpcs_per_session"):
            self.assertRegex(got.err, rf"did you mean [\"`]?{meant}\b")

    def test_every_line_with_a_mistake_is_named(self):
        lines = (support.HERE / "scenarios/mistakes.yaml").read_text().splitlines()
        wrong = {n for n, line in enumerate(lines, 1) if n > 1 and "#" in line}
        named = {int(n) for n in re.findall(r"^scenarios/mistakes\.yaml:(\d+):\d+: ",
                                            call("lint", "scenarios/mistakes.yaml").err, re.M)}
        self.assertEqual(wrong, named)

    def test_run_of_the_same_file_starts_nothing(self):
        got = call("run", "scenarios/mistakes.yaml")
        self.assertEqual(got.code, 104, got)
        self.assertEqual(got.out, "")
        self.assertIn("nothing was started", got.err)

    def test_lint_of_a_file_that_is_no_yaml(self):
        self.check("lint-tabs", 104, "lint", "scenarios/tabs.yaml")

    def test_lint_of_a_good_file(self):
        self.check("lint-good", 0, "lint", "scenarios/good.yaml")

    def test_lint_of_a_good_and_a_bad_file_names_both(self):
        got = call("lint", "scenarios/good.yaml", "scenarios/tabs.yaml", "scenarios/missing.yaml")
        self.assertEqual(got.code, 104, got)
        self.assertIn("good.yaml", got.out)
        self.assertIn("tabs.yaml:3:2:", got.err)
        self.assertIn("missing.yaml", got.err)

    def test_what_ships_has_no_mistakes(self):
        for kind in ("scenarios", "profiles"):
            for path in sorted((support.ROOT / kind).glob("*.yaml")):
                with self.subTest(path.name):
                    got = call("lint", str(path))
                    self.assertEqual(got.code, 0, got)

    # --- plan ---

    def test_plan(self):
        got = self.mask_machine(call("plan", "scenarios/good.yaml"))
        check_golden(self, "plan", got)

    @staticmethod
    def mask_machine(finished):
        # How many descriptors there are is the machine's affair.
        return re.sub(r"(?m)^(\s+descriptors .* of ).*$", r"\1<limit>", finished.out)

    def test_planned_starts(self):
        self.check("plan-starts", 0, "plan", "scenarios/good.yaml", "--starts")

    def test_planned_starts_follow_from_the_seed_alone(self):
        first = call("plan", "scenarios/good.yaml", "--starts").out
        self.assertEqual(first, call("plan", "scenarios/good.yaml", "--starts").out)
        self.assertEqual(first, call("plan", "scenarios/good.yaml", "--starts", "--seed", "7").out)
        other = call("plan", "scenarios/good.yaml", "--starts", "--seed", "8").out
        self.assertNotEqual(first, other)
        self.assertEqual(sorted(self.devices(first)), sorted(self.devices(other)), "the same devices, in another order")
        self.assertEqual(other, call("plan", "scenarios/good.yaml", "--starts", CPEFLEET_SEED="8").out)
        self.assertEqual(first, call("plan", "scenarios/good.yaml", "--starts", "--seed", "7", CPEFLEET_SEED="8").out,
                         "a flag stands over the environment")

    @staticmethod
    def devices(text):
        return [line.split()[-1] for line in text.splitlines() if line.split()[1] == "boot"]

    def test_a_group_more_changes_nobody_else(self):
        text = (support.HERE / "scenarios/good.yaml").read_text()
        with support.tempfile.TemporaryDirectory() as directory:
            more = support.pathlib.Path(directory) / "more.yaml"
            more.write_text(text.replace("phases:", "  - { group: bases, profile: dp750, count: 3 }\nphases:"))
            both = call("plan", str(more), "--starts").out
        alone = set(self.devices(call("plan", "scenarios/good.yaml", "--starts").out))
        self.assertLess(alone, set(self.devices(both)))

    # --- what there is ---

    def test_scenarios(self):
        got = call("scenarios")
        self.assertEqual(got.code, 0, got)
        names = [line.split()[0] for line in got.out.splitlines()]
        self.assertEqual(names, sorted(p.stem for p in (support.ROOT / "scenarios").glob("*.yaml")))
        for line in got.out.splitlines():
            self.assertRegex(line, r"^[a-z0-9-]+ {1,}\S.*\.$")

    def test_a_builtin_scenario_is_shown_as_its_file(self):
        got = call("scenarios", "show", "quickstart")
        self.assertEqual(got.code, 0, got)
        self.assertEqual(got.out, (support.ROOT / "scenarios/quickstart.yaml").read_text())

    def test_profiles(self):
        got = call("profiles")
        self.assertEqual(got.code, 0, got)
        for line in got.out.splitlines():
            self.assertRegex(line, r"^[a-z0-9-]+ +\S+ +firmware \S+ \(\d+ known\)$")
        self.assertRegex(got.out, r"(?m)^gxp2170 +GXP2170 +firmware 1\.0\.11\.106 ")

    def test_a_profile_explained(self):
        got = call("profiles", "explain", "gxp2170")
        self.assertEqual(got.code, 0, got)
        lines = got.out.splitlines()
        self.assertGreater(len(lines), 100)
        check_golden(self, "profiles-explain-head", "\n".join(lines[:10]) + "\n")
        paths = [line.split("\t")[0] for line in lines]
        self.assertEqual(len(paths), len(set(paths)))
        for line in lines:
            self.assertEqual(line.count("\t"), 4, line)

    def test_a_firmware_that_the_profile_does_not_know(self):
        got = call("profiles", "explain", "gxp2170", "--firmware", "9.9")
        self.assertEqual(got.code, 104, got)
        self.assertIn("9.9", got.err)

    def test_a_reader_that_goes_away_is_no_accident(self):
        piped = subprocess.run(f"'{support.binary}' profiles explain gxp2170 | head -n 3", shell=True, text=True,
                               capture_output=True, env=support.environment(), timeout=60, check=False)
        self.assertEqual(len(piped.stdout.splitlines()), 3)
        self.assertEqual(piped.stderr, "")

    def test_output_that_cannot_be_written_is_told(self):
        for arguments in (["profiles"], ["plan", "builtin:quickstart", "--starts"], ["run", "scenarios/good.yaml"],
                          ["--help"], ["scenarios", "show", "quickstart"], ["lint", "scenarios/good.yaml"]):
            with open("/dev/full", "w") as full:
                got = subprocess.run([support.binary, *arguments], stdout=full, stderr=subprocess.PIPE, text=True,
                                     cwd=support.HERE, env=support.environment(), timeout=60, check=False)
            self.assertEqual(got.returncode, 106, arguments)
            self.assertIn("standard output could not be written", got.stderr)
            self.assertNotIn("internal error", got.stderr)


if __name__ == "__main__":
    support.main()
