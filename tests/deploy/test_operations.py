"""Every statement of docs/operations.md has a test: the table says which, and both sides are checked."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shadow.config.model import Config, Primary, ShadowLeg
from shadow.control.catalogue import CATALOGUE
from shadow.errors import EXIT_ENVIRONMENT, EXIT_ERROR, EXIT_PASS, EXIT_USAGE
from shadow.keeper.keeper import HEARTBEAT_S
from shadow.ledger.database import BUSY_S
from shadow.ledger.gaps import MERGE_S
from shadow.ledger.reader import STALLED_S
from shadow.mirror import reload
from shadow.mirror.lag import LagWatch
from shadow.records import Outcome

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")

# Sections whose tables are checked row by row, against the sources; the tests that do it.
TABLES = {
    "Metrics": "tests/shadow/control/test_metrics.py::test_the_page_lists_exactly_these",
    "Messages": "tests/deploy/test_operations.py::test_every_warning_that_is_logged_is_explained",
}

RUNNING = "tests/deploy/test_running.py"
SYSTEMD = "tests/deploy/test_systemd.py"
PODS = "tests/deploy/test_kubernetes.py"
IMAGE = "tests/deploy/test_dockerfile.py"
HERE = "tests/deploy/test_operations.py"
SERVER = "tests/shadow/control/test_server.py"
METRICS = "tests/shadow/control/test_metrics.py"
DRAIN = "tests/e2e/test_drain.py"
BOUNDS = "tests/deploy/test_bounds.py"

# Words of a statement: the tests that would fail if it were not true.
CLAIMS: dict[str, tuple[str, ...]] = {
    # the head
    "Every statement on this page has a test": (f"{HERE}::test_every_statement_has_a_claim",),
    "Clients get the primary's bytes": (
        "tests/faults/test_candidate.py::test_a_fault_costs_evidence_only",
        "tests/faults/test_ledger.py::test_a_full_disk_delays_evidence",
        "tests/e2e/test_kill.py::test_a_killed_process_harms_nothing_and_is_accounted_for",
    ),
    "Every accepted request is counted exactly once": (
        "tests/faults/test_candidate.py::test_a_fault_costs_evidence_only",
        "tests/shadow/ipc/test_lanes.py::test_every_step_keeps_the_sum",
    ),
    "What is lost is counted as lost": (
        "tests/e2e/test_kill.py::test_a_killed_process_harms_nothing_and_is_accounted_for",
    ),
    # what runs
    "lies in pieces of 64 KiB when it is behind": (
        "tests/shadow/ipc/test_frames.py::test_behind_a_reader_that_does_not_follow_frames_lie_together",
        "tests/shadow/mirror/test_memory.py::test_connections_leave_nothing_behind",
        "tests/faults/test_soak.py::test_memory_stays_flat",
    ),
    "for longer than `mirror.hang_s` (10 s) without dying is killed": (
        "tests/faults/test_hangs.py::test_what_stands_still_is_replaced",
        "tests/faults/test_hangs.py::test_a_listener_that_stands_still_is_replaced_and_its_requests_are_accounted_for",
    ),
    "costs no process: the supervisor counts only the time": (
        "tests/faults/test_hangs.py::test_a_machine_that_stood_still_costs_no_process",
        "tests/shadow/mirror/test_stillness.py::test_a_watcher_that_stood_still_itself_charges_two_looks",
    ),
    "A comparer shows a sign of life between two comparisons": (
        "tests/shadow/compare/test_worker.py::test_a_sign_of_life_for_each_exchange",
    ),
    "starts again what dies, after 0.05 s at first": (
        f"{RUNNING}::test_pauses_between_restarts_grow_up_to_two_seconds",
    ),
    "| supervisor | holds the live sockets": (
        f"{RUNNING}::test_without_its_supervisor_everything_ends_and_the_next_run_goes_on",
    ),
    "| listener | passes requests": (f"{RUNNING}::test_connections_wait_for_the_successor_of_a_listener",),
    "`shed(sender_lost)`": ("tests/e2e/test_kill.py::test_a_killed_process_harms_nothing_and_is_accounted_for",),
    "at a lower priority (nice 10)": (f"{RUNNING}::test_comparers_step_back",),
    "`shed(comparer_lost)`": ("tests/e2e/test_kill.py::test_a_killed_process_harms_nothing_and_is_accounted_for",),
    "| keeper | writes the ledger; serves": (
        "tests/e2e/test_kill.py::test_a_killed_process_harms_nothing_and_is_accounted_for",
        "tests/shadow/ipc/test_outbox.py::test_a_new_keeper_is_told_again_what_was_not_acknowledged",
        f"{RUNNING}::test_a_keeper_that_cannot_use_its_ledger_costs_no_live_answer",
    ),
    # put it in
    "Ask `shadow doctor -c shadow.yaml` first": (
        "tests/shadow/test_doctor.py::test_with_a_fail_it_exits_with_3",
        "tests/shadow/doctor/test_network.py::test_the_control_api_has_its_own_lines",
        "tests/shadow/doctor/test_host.py::test_limits",
    ),
    "On one machine, with systemd": (
        f"{HERE}::test_files_and_commands_on_the_page_exist",
        f"{SYSTEMD}::test_systemd_accepts_the_units",
    ),
    "while the service restarts, connections wait": (
        f"{RUNNING}::test_systemd_is_told_and_its_socket_outlives_a_restart",
        f"{SYSTEMD}::test_the_socket_is_where_the_configuration_listens",
    ),
    "fails five times within a minute": (f"{SYSTEMD}::test_it_is_started_again_unless_that_changes_nothing",),
    "systemd is told when the mirror is ready": (
        f"{RUNNING}::test_systemd_is_told_and_its_socket_outlives_a_restart",
        f"{SYSTEMD}::test_systemd_is_told_and_watches",
    ),
    "come from `/etc/shadow-parity/environment`": (
        f"{SYSTEMD}::test_variables_of_the_configuration_come_from_one_file",
    ),
    "`/etc/shadow` is the password file": (
        f"{SYSTEMD}::test_no_path_of_ours_is_in_the_way_of_the_password_file",
        f"{SYSTEMD}::test_both_run_as_one_user_which_is_not_the_group_of_the_password_file",
        f"{IMAGE}::test_it_runs_as_nobody_special_and_never_as_the_group_shadow",
    ),
    "every night at 02:17": (
        f"{SYSTEMD}::test_the_data_are_verified_every_night",
        f"{SYSTEMD}::test_cron_does_the_same",
    ),
    "the primary is the `backup` of the mirror": (
        "tests/deploy/test_nginx.py::test_a_mirror_that_is_gone_is_walked_around_and_used_again",
    ),
    "While the mirror refuses connections": (
        "tests/deploy/test_nginx.py::test_a_mirror_that_is_gone_is_walked_around_and_used_again",
    ),
    "the service leads to the mirror's port": (
        f"{PODS}::test_services_lead_to_named_ports",
        f"{IMAGE}::test_it_agrees_with_the_manifest_that_runs_it",
    ),
    "The pod takes no traffic before": (f"{PODS}::test_it_takes_no_traffic_before_everything_works_once",),
    "readiness asks the primary through the mirror": (
        f"{PODS}::test_nothing_but_the_live_path_decides_about_live_traffic",
        f"{RUNNING}::test_a_keeper_that_cannot_use_its_ledger_costs_no_live_answer",
    ),
    "volume of its own per pod": (f"{PODS}::test_the_ledger_lies_on_a_volume_that_outlives_the_pod",),
    "longer than the longest drain": (f"{PODS}::test_there_is_time_to_drain",),
    "on a read-only root file system": (
        f"{PODS}::test_everything_that_is_written_has_a_place",
        f"{PODS}::test_it_may_do_nothing_that_it_does_not_need",
    ),
    "There is no limit of the processor": (
        f"{PODS}::test_memory_has_a_limit_above_the_bound_and_the_processor_none",
    ),
    # watch it
    "200 as long as the keeper answers": (
        f"{RUNNING}::test_ready_says_why_not_and_live_traffic_goes_on",
        "tests/shadow/keeper/test_gauges.py::test_a_listener_that_is_not_heard_from",
        "tests/shadow/control/test_server.py::test_a_listener_that_stands_still_is_told_to_whoever_may_restart",
    ),
    "Liveness asks `/health`": (
        f"{PODS}::test_nothing_but_the_live_path_decides_about_live_traffic",
        f"{RUNNING}::test_a_keeper_that_cannot_use_its_ledger_costs_no_live_answer",
        f"{RUNNING}::test_while_the_ledger_is_locked_probes_and_scrapes_answer_at_once",
    ),
    "or 503 with the reasons": (
        f"{RUNNING}::test_ready_says_why_not_and_live_traffic_goes_on",
        "tests/shadow/control/test_health.py::test_reasons",
    ),
    "metrics for Prometheus |": (f"{RUNNING}::test_metrics_and_the_live_report",),
    "the page of the evidence so far": (f"{RUNNING}::test_metrics_and_the_live_report",),
    "in a thread of its own: while the ledger is locked": (
        f"{RUNNING}::test_while_the_ledger_is_locked_probes_and_scrapes_answer_at_once",
        f"{RUNNING}::test_a_keeper_that_cannot_use_its_ledger_costs_no_live_answer",
        "tests/shadow/keeper/test_keeper.py::test_while_a_commit_waits_for_a_lock_the_loop_turns_and_the_order_is_kept",
    ),
    "is left alone by its breaker": (
        "tests/faults/test_breaker.py::test_a_breaker_is_seen_in_log_and_metrics",
        "tests/shadow/legs/test_breaker.py::test_every_change_is_told_once_with_what_was_before",
    ),
    "A busy port of the control API": (f"{RUNNING}::test_a_busy_port_of_the_control_api_is_a_warning",),
    "Worth an alert": (f"{HERE}::test_alerts_ask_for_metrics_that_exist",),
    # control API
    "the token is `control.token`, or in": (
        f"{SERVER}::test_the_api_needs_token_and_name",
        f"{SERVER}::test_without_a_configured_token_one_is_made",
    ),
    "| `GET /api/metrics` |": ("tests/shadow/control/test_summary.py::test_all_legs_with_the_primary_on_top",),
    "| `POST /api/metrics/reset` |": (f"{SERVER}::test_a_reset_clears_the_view_alone",),
    "| `POST /api/mirror/pause`": (
        "tests/shadow/keeper/test_gauges.py::test_a_pause_goes_up_as_one_line",
        f"{RUNNING}::test_the_next_request_after_a_pause_by_command_is_not_copied",
    ),
    "| `GET /report` | the page, rendered": (
        "tests/shadow/control/test_page.py::test_the_page_of_a_ledger_that_is_being_written",
        "tests/shadow/control/test_page.py::test_one_that_hangs_is_ended",
        "tests/shadow/control/test_page.py::test_one_that_dies_tells_its_last_words",
    ),
    "A summary has `mode`": (
        "tests/shadow/control/test_summary.py::test_a_leg",
        "tests/shadow/control/test_summary.py::test_nothing_is_no_success",
    ),
    "An error is a call without an answer": (
        "tests/shadow/control/test_view.py::test_calls",
        "tests/shadow/control/test_view.py::test_our_own_limit_counts_as_the_candidate_s",
    ),
    "A window begins with the keeper": (
        "tests/shadow/control/test_summary.py::test_a_reset_clears_the_window_and_not_the_counters",
    ),
    'Errors are `{"error"': (
        f"{SERVER}::test_errors_have_one_shape",
        f"{SERVER}::test_the_api_needs_token_and_name",
        f"{SERVER}::test_bodies_are_bounded",
    ),
    "Addresses and loopback names": (
        "tests/shadow/control/test_guard.py::test_own_names",
        "tests/shadow/validation/test_control.py::test_contradictions",
    ),
    # metrics
    "On `GET /metrics`, for Prometheus.": (
        f"{METRICS}::test_the_names_are_as_they_should_be",
        f"{METRICS}::test_series_are_bounded_whatever_is_asked_for",
        f"{METRICS}::test_known_series_are_there_from_the_start",
        f"{METRICS}::test_method_and_route",
    ),
    "A histogram is asked for by": (
        f"{METRICS}::test_exactly_the_catalogue_with_its_types_and_labels",
        "tests/shadow/control/test_durations.py::test_a_bound_belongs_to_the_bucket_below",
    ),
    "The last four are the plain names": (f"{METRICS}::test_what_is_queried_exists",),
    "A leg's calls are those of": ("tests/shadow/control/test_view.py::test_calls",),
    "in every scrape": (
        f"{METRICS}::test_it_adds_up",
        "tests/shadow/keeper/test_gauges.py::test_accepted_is_outcomes_and_in_flight_over_the_death_of_a_keeper",
    ),
    "is a dashboard of them": (
        f"{METRICS}::test_the_dashboard_shows_every_metric",
        f"{METRICS}::test_the_dashboard_imports",
    ),
    # pause it
    "Command and signal work within a second": (
        f"{RUNNING}::test_a_pause_by_signal_works_within_a_second",
        f"{RUNNING}::test_a_pause_by_signal_is_counted_and_a_gap",
        f"{RUNNING}::test_the_next_request_after_a_pause_by_command_is_not_copied",
    ),
    "needs no control API": (f"{RUNNING}::test_without_a_control_api_the_signal_pauses",),
    "started during a pause is paused too": (
        f"{RUNNING}::test_a_pause_by_signal_is_counted_and_a_gap",
        "tests/e2e/test_reload.py::test_a_pause_is_a_gap_and_outlives_a_listener",
    ),
    "`mirror.pause_lag_s`, and goes on": (f"{HERE}::test_a_listener_that_lags_pauses_and_goes_on",),
    # take it out
    "Lead traffic to the primary": (f"{PODS}::test_the_command_that_takes_it_out_leads_to_the_old_backend",),
    "Stop the mirror with SIGTERM": (f"{RUNNING}::test_term_answers_what_is_under_way_and_exits_with_0",),
    "In a hurry": (
        f"{HERE}::test_files_and_commands_on_the_page_exist",
        "tests/deploy/test_nginx.py::test_a_mirror_that_is_gone_is_walked_around_and_used_again",
    ),
    "read it without a mirror": (
        "tests/reports/test_cli.py::test_the_exit_code_is_the_verdict",
        "tests/reports/test_cli.py::test_report_writes_the_page_whatever_the_verdict",
    ),
    # signals
    "One that reaches all processes": (
        f"{DRAIN}::test_a_signal_for_the_whole_group_is_the_supervisors_alone",
        "tests/e2e/test_first_second.py::test_a_child_that_is_still_starting_ignores_them",
        "tests/e2e/test_first_second.py::test_a_signal_of_the_terminal_reaches_the_supervisor_alone",
    ),
    "| SIGTERM, SIGINT |": (f"{RUNNING}::test_term_answers_what_is_under_way_and_exits_with_0",),
    "| a second SIGTERM |": (f"{RUNNING}::test_a_second_term_ends_at_once_and_the_next_run_settles",),
    "| SIGHUP |": (
        f"{RUNNING}::test_hangup_takes_a_change_over_and_refuses_what_needs_a_restart",
        "tests/e2e/test_reload.py::test_connections_survive_and_everything_new_applies",
        "tests/e2e/test_reload.py::test_reloaded_is_said_when_every_process_works_by_it",
    ),
    "| SIGUSR1 |": (f"{RUNNING}::test_a_pause_by_signal_is_counted_and_a_gap",),
    "5 × `mirror.drain_s` + 11 s": (f"{HERE}::test_the_longest_drain_is_what_the_page_says",),
    "with nothing under way none waits": (f"{RUNNING}::test_with_nothing_under_way_no_stage_of_a_drain_waits",),
    "From the first SIGTERM on": (
        f"{DRAIN}::test_while_it_drains_new_clients_are_refused_at_once_and_the_old_one_is_served",
        f"{RUNNING}::test_systemd_is_told_and_its_socket_outlives_a_restart",
    ),
    "A tunnel (WebSocket) has no last answer": (f"{RUNNING}::test_a_tunnel_is_cut_off_at_the_deadline",),
    "tells clients `connection: close`": (
        "tests/shadow/mirror/test_listener.py::test_drain_finishes_what_is_under_way_and_takes_nothing_new",
    ),
    "cut off and counted as `client_gone`": (
        "tests/shadow/mirror/test_listener.py::test_past_the_drain_deadline_the_rest_is_cut_off_and_counted",
    ),
    # change, restart, upgrade
    "SIGHUP takes over everything but": (
        f"{HERE}::test_keys_that_need_a_restart_are_those_of_the_page",
        "tests/e2e/test_reload.py::test_a_wrong_file_changes_nothing",
    ),
    "A certificate whose files change": (
        f"{RUNNING}::test_a_changed_certificate_is_taken_over_and_a_broken_one_is_not",
    ),
    "goes on in the same ledger": (
        f"{RUNNING}::test_without_its_supervisor_everything_ends_and_the_next_run_goes_on",
    ),
    "A run that was killed as a whole": (
        f"{RUNNING}::test_without_its_supervisor_everything_ends_and_the_next_run_goes_on",
        "tests/shadow/keeper/test_settlement.py::test_former_runs_are_settled_once_and_a_broken_file_stops_nothing",
    ),
    "a gap of kind `mirror_down`": (
        "tests/e2e/test_restart.py::test_the_time_between_two_runs_is_a_gap",
        "tests/shadow/keeper/test_keeper.py::test_the_time_between_two_runs_is_a_gap_with_what_the_former_one_lost",
        "tests/shadow/ledger/test_gaps.py::test_the_time_without_a_mirror",
    ),
    "a second one on the same ledger": (
        f"{RUNNING}::test_a_second_mirror_on_one_ledger_is_refused_and_the_first_goes_on",
    ),
    # compiled
    "Compiled, which halves": (
        f"{IMAGE}::test_the_live_path_is_compiled_in_the_image",
        "tests/bench/live/test_socketfree.py::test_it_measures_a_real_listener",
    ),
    "whose mypyc translates the modules": (
        "tests/deploy/test_compiled.py::test_it_is_compiled_where_that_is_asked_for",
        f"{IMAGE}::test_the_live_path_is_compiled_in_the_image",
    ),
    "Where there is no compiler": ("tests/deploy/test_compiled.py::test_without_a_compiler_it_is_pure_python",),
    "Which of the two runs is told by": (
        "tests/deploy/test_compiled.py::test_the_listener_says_which_build_runs",
        "tests/deploy/test_compiled.py::test_doctor_says_which_build_runs",
    ),
    # memory
    "At rest means resident": (f"{RUNNING}::test_memory_at_rest_is_below_what_the_page_says",),
    "nothing per request": (f"{RUNNING}::test_memory_at_rest_is_below_what_the_page_says",),
    "those that wait for the sender together": (
        "tests/shadow/mirror/test_capture.py::test_bounds",
        "tests/shadow/mirror/test_capture.py::test_the_budget_is_what_the_captures_hold",
        "tests/shadow/mirror/test_capture.py::test_copies_leave_the_notes_their_share_and_what_waits_counts_too",
        "tests/shadow/mirror/test_tee.py::test_a_sender_that_does_not_read_fills_the_tee_and_the_rest_is_shed",
        "tests/faults/test_soak.py::test_memory_stays_flat",
    ),
    "2 × (connections of candidate and secondary)": (
        f"{BOUNDS}::test_a_sender_stops_reading_at_twice_its_connections",
        f"{BOUNDS}::test_observations_that_wait_are_bounded",
        "tests/shadow/legs/test_call.py::test_a_body_is_cut_at_the_bound_and_the_rest_not_awaited",
    ),
    "80 × `compare.max_decoded_bytes`": (f"{BOUNDS}::test_a_comparer_within_its_bound",),
    "keep for it: 2 × 32 MiB": (
        f"{BOUNDS}::test_observations_that_wait_are_bounded",
        "tests/shadow/ipc/test_outbox.py::test_full_and_room_again",
    ),
    "A sixteenth of": (
        "tests/shadow/mirror/test_tee.py::test_a_sender_that_does_not_read_fills_the_tee_and_the_rest_is_shed",
        "tests/shadow/mirror/test_tee.py::test_when_there_is_no_room_for_notes_either_they_are_only_counted",
    ),
    "it never waits and never grows": (        "tests/faults/test_processes.py::test_a_full_hand_off_sheds_and_counts",
        "tests/faults/test_soak.py::test_memory_stays_flat",
    ),
    "less than 32 KiB": (f"{RUNNING}::test_an_idle_client_connection_costs_little",),
    "`OOMPolicy=continue`": (f"{SYSTEMD}::test_one_process_that_runs_out_of_memory_does_not_end_the_others",),
    # disk
    "not by requests": (
        "tests/shadow/ledger/test_writer.py::test_rows_add_up_over_commits",
        "tests/shadow/ledger/test_writer.py::test_examples_are_bounded_shared_and_forgotten",
        "tests/shadow/ledger/test_writer.py::test_names_beyond_the_caps_survive_reopening",
    ),
    "Full: evidence waits in memory": (
        "tests/faults/test_ledger.py::test_a_full_disk_delays_evidence",
        "tests/shadow/keeper/test_keeper.py::test_a_full_disk_keeps_the_batch_until_it_can_be_written",
    ),
    "one that starts does not": (
        f"{RUNNING}::test_exit_codes_of_a_mirror_that_cannot_start",
        "tests/faults/test_ledger.py::test_a_mirror_that_is_stopped_with_a_full_disk_exits_with_3_and_the_next_counts",
    ),
    "The keeper stores something every 5 s": (
        "tests/shadow/keeper/test_keeper.py::test_something_is_stored_every_few_seconds_though_nothing_happens",
        "tests/faults/test_ledger.py::test_with_a_full_disk_the_gate_leaves_completeness_open",
        f"{HERE}::test_times_of_the_ledger_on_the_page_are_its_own",
    ),
    "are added up to a row for each day": (
        "tests/shadow/ledger/test_folding.py::test_a_year_of_runs_is_a_row_a_day",
        "tests/shadow/ledger/test_gaps.py::test_close_ones_of_a_kind_are_one_row",
    ),
    # descriptors
    "needs two for each client": (
        "tests/shadow/doctor/test_host.py::test_limits",
        "tests/shadow/doctor/test_host.py::test_the_sender_has_all_shadow_connections",
    ),
    "`LimitNOFILE=65536`": (
        f"{SYSTEMD}::test_descriptors_are_enough_for_the_configuration",
        f"{HERE}::test_settings_of_units_on_the_page_are_theirs",
    ),
    # files
    "Beside the ledger, and with its name": (f"{RUNNING}::test_files_their_modes_and_what_stays",),
    "| `ledger.db`, `ledger.db-wal`": (f"{RUNNING}::test_files_their_modes_and_what_stays",),
    "| `ledger.db.lock` |": (f"{RUNNING}::test_files_their_modes_and_what_stays",),
    "| `ledger.db.key` | 0600": (f"{RUNNING}::test_files_their_modes_and_what_stays",),
    "| `ledger.db.token` | 0600": (f"{RUNNING}::test_files_their_modes_and_what_stays",),
    "| `ledger.db.control` |": (f"{RUNNING}::test_files_their_modes_and_what_stays",),
    "| `ledger.db.lanes` |": (
        f"{RUNNING}::test_files_their_modes_and_what_stays",
        f"{RUNNING}::test_a_second_term_ends_at_once_and_the_next_run_settles",
    ),
    "| `shadow-…/`": (f"{RUNNING}::test_files_their_modes_and_what_stays",),
    "`UMask=0077`": (f"{SYSTEMD}::test_what_is_written_is_in_the_state_directory",),
    # exit codes
    "all codes are in [cli.md]": ("tests/structure/test_docs.py::test_every_exit_code_is_documented",),
    "| 0 | drained |": (f"{RUNNING}::test_term_answers_what_is_under_way_and_exits_with_0",),
    "| 2 | wrong usage": (
        f"{RUNNING}::test_exit_codes_of_a_mirror_that_cannot_start",
        f"{SYSTEMD}::test_it_is_started_again_unless_that_changes_nothing",
    ),
    "| 3 | the port is busy": (
        f"{RUNNING}::test_exit_codes_of_a_mirror_that_cannot_start",
        f"{RUNNING}::test_a_second_term_ends_at_once_and_the_next_run_settles",
        "tests/faults/test_ledger.py::test_a_mirror_that_is_stopped_with_a_full_disk_exits_with_3_and_the_next_counts",
    ),
    "| 12 | the ledger cannot": (
        f"{RUNNING}::test_exit_codes_of_a_mirror_that_cannot_start",
        f"{RUNNING}::test_a_second_mirror_on_one_ledger_is_refused_and_the_first_goes_on",
    ),
    # messages
    "lines of JSON with": (
        "tests/shadow/test_logs.py::test_json",
        "tests/shadow/test_logs.py::test_the_command_chooses",
    ),
    "held back after five in ten seconds": ("tests/shadow/test_logs.py::test_a_flood_is_held_back_and_told_of",),
}


def sections() -> Iterator[tuple[str, str]]:
    """Yield title and text of every section; what stands before the first one has no title."""
    parts = re.split(r"(?m)^## (.+)$", PAGE)
    yield "", parts[0].partition("\n")[2]
    yield from zip(parts[1::2], parts[2::2], strict=True)


def statements(text: str) -> Iterator[str]:
    """Yield every row of a table, item of a list and paragraph, on one line; neither heads of tables nor code."""
    block: list[str] = []
    lines = text.splitlines()
    for number, line in enumerate([*lines, ""]):
        is_row = line.startswith("|")
        begins = is_row or re.match(r"(- |\d+\. )", line) or not line.strip() or line.startswith("    ")
        if begins and block:
            yield " ".join(block)
            block = []
        if is_row:
            under = lines[number + 1] if number + 1 < len(lines) else ""
            if not line.startswith("|---") and not under.startswith("|---"):
                yield line
        elif line.strip() and not line.startswith(("    ", "<!--")):
            block.append(line.strip())


def test_statements_are_told_from_the_rest() -> None:
    text = "A b\nc.\n\n    code\n\n| h | i |\n|---|---|\n| 1 | 2 |\n\n- x\n  y\n- z\n1. w\n"
    assert list(statements(text)) == ["A b c.", "| 1 | 2 |", "- x y", "- z", "1. w"]


@pytest.mark.parametrize("title", [title for title, _ in sections()])
def test_every_statement_has_a_claim(title: str) -> None:
    (text,) = [text for each, text in sections() if each == title]
    found = [one for one in statements(text) if not (title in TABLES and one.startswith("|"))]
    assert found
    # A sentence that only announces what follows states nothing.
    wrong = [one for one in found if not one.endswith(":") and not any(words in one for words in CLAIMS)]
    assert wrong == []


def test_every_claim_is_on_the_page_once() -> None:
    flat = " ".join(line.strip() for _, text in sections() for line in text.splitlines())
    assert {words: flat.count(words) for words in CLAIMS if flat.count(words) != 1} == {}


def functions(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)}


def test_every_test_that_a_claim_names_exists() -> None:
    missing = []
    for place in sorted({*TABLES.values(), *(place for places in CLAIMS.values() for place in places)}):
        name, _, test = place.partition("::")
        path = ROOT / name
        if not path.is_file() or (test and test not in functions(path)):
            missing.append(place)
    assert missing == []


# -- what can be read off the sources


def test_the_longest_drain_is_what_the_page_says(drain_s: Callable[[Config], float]) -> None:
    """The stages follow each other; each has a deadline of its own, which is an argument of `drain`."""
    tree = ast.parse((ROOT / "shadow" / "mirror" / "supervisor.py").read_text("utf-8"))
    (run,) = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef) and node.name == "run"]
    stages = [
        ast.unparse(node.args[0])
        for node in ast.walk(run)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "drain"
    ]
    assert len(stages) == 4
    longest = sum(eval(stage, {}, {"drain_s": 7.0}) for stage in stages)
    config = Config(primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b"))
    own = Config(
        primary=config.primary, candidate=config.candidate, mirror=type(config.mirror)(drain_s=7.0)
    )
    assert longest == drain_s(own)


def test_keys_that_need_a_restart_are_those_of_the_page() -> None:
    flat = " ".join(PAGE.split())
    found = re.search(r"SIGHUP takes over everything but (.+?) and the `store` of a leg", flat)
    assert found is not None
    assert set(re.findall(r"`(.+?)`", found[1])) == set(reload._FIXED)


def test_exit_codes_are_those_of_the_errors() -> None:
    (text,) = [text for title, text in sections() if title == "Exit codes"]
    assert [int(code) for code in re.findall(r"(?m)^\| (\d+) \|", text)] == [
        EXIT_PASS, EXIT_USAGE, EXIT_ENVIRONMENT, EXIT_ERROR,
    ]  # fmt: skip


def test_settings_of_units_on_the_page_are_theirs(deploy: Path) -> None:
    text = (deploy / "systemd" / "shadow-mirror.service").read_text("utf-8")
    for setting in re.findall(r"`([A-Z]\w+=\S+)`", PAGE):
        assert f"\n{setting}\n" in text, setting
    assert "\nWatchdogSec=60\n" in text


def test_files_and_commands_on_the_page_exist(
    deploy: Path, known: Callable[[list[str]], None], words: Callable[[str], list[str]]
) -> None:
    for name in re.findall(r"(?<!tests/)deploy/[\w./-]*[\w/]", PAGE):
        assert (ROOT / name).exists() or list(ROOT.glob(f"{name}*")), name
    units = {path.name for path in (deploy / "systemd").iterdir()}
    named = set(re.findall(r"shadow-\w+\.(?:service|socket|timer)", PAGE))
    assert named and named <= units
    commands = re.findall(r"(?m)^    (shadow .+)$", PAGE)
    commands += re.findall(r"`(shadow (?:doctor|verify run|resume)[^`]*)`", PAGE)
    assert len(commands) >= 4
    for command in commands:
        known(words(command))
    # The supervisor is the main process; nobody else has a use for it.
    assert re.findall(r"systemctl kill (\S+)", PAGE) == ["--kill-whom=main"]


def test_alerts_ask_for_metrics_that_exist() -> None:
    (alerts,) = [one for title, text in sections() if title == "Watch it" for one in statements(text) if "alert" in one]
    series = set(re.findall(r"shadow_[a-z_]+", alerts))
    assert len(series) == 5
    assert series <= {name for metric, entry in CATALOGUE.items() for name in entry.series(metric)}
    assert set(re.findall(r'outcome="(\w+)"', alerts)) <= {str(outcome) for outcome in Outcome}


def test_times_of_the_ledger_on_the_page_are_its_own() -> None:
    assert f"stores something every {HEARTBEAT_S:.0f} s" in PAGE
    assert f"nothing for more than {STALLED_S:.0f} s" in " ".join(PAGE.split())
    assert f"within {MERGE_S:.0f} s are one row" in " ".join(PAGE.split())
    # Once it was too late to store, a reader must not have been told yet that all is well.
    assert BUSY_S + HEARTBEAT_S < STALLED_S


def test_a_listener_that_lags_pauses_and_goes_on() -> None:
    """Ticks of 50 ms: late by three times the limit for a second, then in time for as long as it takes."""
    limit_s = Config(primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b")).mirror.pause_lag_s
    watch = LagWatch(limit_s)
    assert [watch.tick(3 * limit_s, tick * 0.05) for tick in range(20)] == [False] * 19 + [True]
    ticks = next(tick for tick in range(20, 1000) if not watch.tick(0.0, tick * 0.05))
    assert 5 < (ticks - 20) * 0.05 < 7


# -- messages


def said_by_the_sources() -> dict[str, str]:
    """Every warning and error that is logged, and where; what is filled in later is `…`."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "shadow").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            is_log = isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "log.warning", "log.error", "log.exception", "log.critical",
            )  # fmt: skip
            if not is_log:
                continue
            assert isinstance(node, ast.Call)
            for text in ast.walk(node.args[0]):
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    found[re.sub(r"%[-.\d]*[sdfr]", "…", text.value)] = str(path.relative_to(ROOT))
    return found


def rows() -> list[str]:
    (text,) = [text for title, text in sections() if title == "Messages"]
    return [match[1] for row in statements(text) if (match := re.match(r"\| `(.+?)` \|", row))]


def is_about(row: str, message: str) -> bool:
    """Tell whether a row's words are in a message, in their order."""
    place = 0
    for piece in filter(None, (piece.strip(" :") for piece in row.split("…"))):
        place = message.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    return True


def test_every_warning_that_is_logged_is_explained() -> None:
    logged = said_by_the_sources()
    assert len(logged) > 10
    assert {text: place for text, place in logged.items() if not any(is_about(row, text) for row in rows())} == {}


def test_every_message_that_is_explained_is_said() -> None:
    logged = said_by_the_sources()
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "shadow").rglob("*.py"))
    # An error that ends the mirror is raised, not logged.
    assert [row for row in rows() if not any(is_about(row, text) for text in logged) and row not in sources] == []


def test_an_explained_message_is_told_from_another() -> None:
    assert is_about("… did not drain within … s", "… did not drain within … s and is killed")
    assert not is_about("… did not drain within … s", "the ledger can be written again")
    assert not is_about("b … a", "a b")
