"""Which hostile scripts there are, under which policies each must fail, how its job then ends, and what else it needs.

`under`: `all` policies that confine (guarded, confined, strict); or `confined`, where guarded lets it through by design:
it reads what the person can read, has the person's variables and the network.
`ends`: how the job may end: `succeeded` (with nothing achieved) or the kind of its failure.
`alone`: what it does where nothing confines it: `works` for everybody, or for `root` only; `held`: Transom itself keeps
it from working, whatever the policy; `machine`: it depends on what the machine is and has; `heavy`: it would take or
leave too much there.
`with`: what it is run with: limits, a sibling (a job that runs at the same time), a dataset, somebody who connects to
it, paths that it is allowed to read or write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).resolve().parent / "scripts"
_LIMITS = ("timeout", "cpu", "memory", "processes", "file_size", "disk", "outputs")


@dataclass(frozen=True)
class Case:
    """One script of the table below."""

    name: str
    under: tuple[str, ...]
    ends: frozenset[str]
    alone: str
    options: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)

    def asked(self, policy: str, *, warm: bool) -> dict[str, Any]:
        """What the ground is asked to do."""
        return {
            "name": self.name,
            "policy": policy,
            "warm": warm,
            "limits": self.limits,
            **self.options,
        }


TABLE = """
adds_a_cron_job                            | all      | succeeded                                       | root    |
adds_a_key_that_may_log_in                 | all      | succeeded                                       | works   |
adopts_orphans                             | all      | succeeded                                       | held    |
allows_itself_new_rights                   | all      | succeeded                                       | works   |
appends_to_shell_start                     | all      | succeeded                                       | works   |
asks_after_its_end                         | all      | succeeded                                       | held    |
asks_for_a_name                            | confined | succeeded                                       | machine |
asks_link_to_read_a_key                    | all      | succeeded                                       | held    |
asks_others_to_start_it                    | all      | succeeded                                       | machine |
asks_pip_to_build                          | all      | succeeded                                       | held    |
asks_pip_to_read_a_key                     | all      | succeeded                                       | held    |
asks_pip_to_write_outside                  | all      | succeeded                                       | held    |
asks_ten_thousand_questions                | all      | succeeded timed_out                             | held    |
asks_where_pages_of_parent_lie             | all      | succeeded                                       | works   |
becomes_another_program                    | all      | timed_out                                       | heavy   | timeout=1
becomes_root                               | all      | succeeded                                       | root    |
breaks_its_own_streams                     | all      | succeeded                                       | held    |
breaks_what_transom_calls                  | all      | process_died                                    | held    |
burns_processor_time                       | all      | cpu_exceeded                                    | heavy   | cpu=1
burns_processor_time_in_children           | all      | cpu_exceeded                                    | heavy   | cpu=1
calls_by_the_gate_of_old_programs          | all      | succeeded                                       | machine |
changes_bytecode_of_the_environment        | all      | succeeded                                       | root    |
changes_devices_of_the_machine             | all      | succeeded                                       | machine |
changes_every_module                       | all      | succeeded process_died result_invalid           | held    |
changes_its_input_in_memory                | all      | succeeded                                       | held    | dataset
changes_its_personality                    | all      | succeeded                                       | works   |
changes_kept_wheels                        | all      | succeeded                                       | works   |
changes_owner_outside                      | all      | succeeded                                       | works   |
changes_packages_of_other_jobs             | all      | succeeded                                       | works   |
changes_pipes_of_the_parent                | all      | succeeded                                       | held    |
changes_result_of_another_run              | all      | succeeded                                       | works   |
changes_rights_of_its_input                | all      | succeeded                                       | machine | dataset
changes_rights_outside                     | all      | succeeded                                       | works   |
changes_root                               | all      | succeeded                                       | root    |
changes_shared_cache_of_fonts              | all      | succeeded                                       | works   |
changes_times_outside                      | all      | succeeded                                       | works   |
changes_users_of_the_machine               | all      | succeeded                                       | root    |
compares_kernel_objects_with_parent        | all      | succeeded                                       | works   |
connects_by_odd_protocols                  | confined | succeeded                                       | works   |
connects_out                               | confined | succeeded                                       | machine |
connects_to_abstract_socket                | all      | succeeded                                       | works   |
connects_to_agent                          | all      | succeeded                                       | works   |
connects_to_link_of_sibling                | all      | succeeded                                       | works   | sibling
connects_to_loopback                       | confined | succeeded                                       | works   |
connects_to_loopback6                      | confined | succeeded                                       | works   |
connects_to_loopback_by_other_names        | confined | succeeded                                       | works   |
connects_to_metadata                       | confined | succeeded                                       | machine |
connects_to_own_address                    | confined | succeeded                                       | machine |
connects_to_programs_of_the_machine        | all      | succeeded                                       | machine |
connects_to_unix_socket                    | confined | succeeded                                       | works   |
copies_key_without_reading_it              | all      | succeeded                                       | works   |
counts_processes_for_root                  | all      | succeeded                                       | works   |
enters_namespaces_by_process               | all      | succeeded                                       | root    |
enters_namespaces_of_the_parent            | all      | succeeded                                       | root    |
escapes_from_folder_to_write               | all      | succeeded                                       | works   | allow_write=allowed_to_write
fills_disk_at_once                         | all      | file_size_exceeded                              | heavy   |
fills_disk_in_closed_folder                | all      | disk_exceeded                                   | heavy   |
fills_disk_with_a_file                     | all      | file_size_exceeded                              | heavy   |
fills_disk_with_files_in_flight            | all      | disk_exceeded script_error                      | heavy   |
fills_disk_with_many_files                 | all      | disk_exceeded                                   | heavy   |
fills_disk_with_mapped_files               | all      | disk_exceeded                                   | heavy   |
fills_disk_with_names                      | all      | disk_exceeded                                   | heavy   | disk=8e6
fills_disk_with_removed_files              | all      | disk_exceeded                                   | heavy   |
fills_files_of_memory                      | all      | script_error file_size_exceeded memory_exceeded | heavy   |
fills_home                                 | all      | file_size_exceeded script_error                 | heavy   |
fills_many_files_of_memory                 | all      | script_error memory_exceeded                    | heavy   | memory=250e6
fills_memory                               | all      | memory_exceeded                                 | heavy   |
fills_memory_at_once                       | all      | memory_exceeded                                 | heavy   |
fills_memory_in_little_steps               | all      | memory_exceeded                                 | heavy   | memory=250e6
fills_memory_of_system_v                   | all      | script_error memory_exceeded                    | heavy   | memory=250e6
fills_memory_of_the_kernel                 | all      | succeeded memory_exceeded script_error          | heavy   | memory=250e6
fills_memory_with_many_processes           | all      | memory_exceeded                                 | heavy   |
fills_queues                               | all      | succeeded script_error memory_exceeded          | heavy   | memory=250e6
fills_shared_maps                          | all      | memory_exceeded                                 | heavy   |
fills_shared_memory                        | all      | file_size_exceeded script_error memory_exceeded | heavy   |
fills_the_log                              | all      | succeeded timed_out                             | held    | timeout=2
fills_the_log_with_one_line                | all      | succeeded timed_out                             | heavy   | timeout=2
fills_tmp                                  | all      | file_size_exceeded                              | heavy   |
fills_tmp_of_the_machine                   | all      | file_size_exceeded script_error                 | heavy   |
finds_code_of_transom                      | all      | process_died environment_failed result_invalid  | works   |
floods_its_link                            | all      | succeeded                                       | held    |
floods_supervisor_with_signals             | all      | succeeded                                       | held    |
forges_deep_outcome                        | all      | process_died                                    | held    |
forges_facts                               | all      | script_error                                    | held    |
forges_failure_of_transom                  | all      | environment_failed                              | held    |
forges_half_characters                     | all      | script_error                                    | held    |
forges_infinite_seconds                    | all      | succeeded                                       | held    |
forges_long_number                         | all      | process_died                                    | held    |
forges_metrics                             | all      | succeeded                                       | held    |
forges_outcome_by_a_hard_link              | all      | succeeded                                       | works   |
forges_outcome_by_a_link                   | all      | process_died                                    | held    |
forges_outcome_by_a_pipe                   | all      | process_died                                    | held    |
forges_outcome_of_wrong_types              | all      | process_died                                    | held    |
forges_outcome_without_end                 | all      | process_died                                    | held    |
forges_success                             | all      | result_invalid                                  | held    |
freezes_the_parent_by_a_missing_name       | all      | script_error                                    | held    |
freezes_the_parent_by_a_question           | all      | succeeded                                       | heavy   |
freezes_the_parent_by_an_error             | all      | script_error                                    | heavy   |
freezes_the_parent_by_facts                | all      | script_error                                    | held    |
gains_capabilities_by_another_program      | all      | succeeded                                       | root    |
gains_rights_by_setuid_program             | all      | succeeded                                       | machine |
handles_page_faults                        | all      | succeeded                                       | machine |
hands_descriptors_out                      | confined | succeeded                                       | works   |
hands_over_links                           | all      | succeeded                                       | works   |
hands_over_pipes_and_devices               | all      | succeeded                                       | held    |
hands_over_too_much                        | all      | succeeded                                       | heavy   |
has_the_parent_killed_first                | all      | succeeded                                       | works   |
holds_locks_of_transom                     | all      | succeeded                                       | works   |
holds_memory_in_place                      | all      | succeeded                                       | machine |
is_killed_last                             | all      | succeeded                                       | machine |
is_never_interrupted                       | all      | succeeded                                       | root    |
keeps_capabilities_for_programs            | all      | succeeded                                       | root    |
keeps_keys_in_the_kernel                   | all      | succeeded                                       | works   |
kills_by_a_pipe                            | all      | succeeded                                       | works   |
kills_by_other_calls                       | all      | succeeded                                       | works   |
kills_everything                           | all      | succeeded                                       | works   |
kills_first_process                        | all      | succeeded                                       | root    |
kills_its_group                            | all      | process_died                                    | held    |
kills_its_supervisor                       | all      | succeeded process_died                          | held    |
kills_neighbour                            | all      | succeeded                                       | works   |
kills_sibling                              | all      | succeeded                                       | works   | sibling
kills_the_parent                           | all      | succeeded                                       | works   |
kills_warm_process                         | all      | succeeded                                       | works   |
leaves_by_vsock                            | all      | succeeded                                       | machine |
leaves_closed_folders                      | all      | succeeded                                       | held    |
leaves_daemon                              | all      | succeeded                                       | held    |
leaves_daemon_that_writes_later            | all      | succeeded                                       | held    |
leaves_deep_folders                        | all      | succeeded                                       | held    |
leaves_device                              | all      | succeeded                                       | root    |
leaves_files_where_next_job_looks          | all      | succeeded                                       | works   |
leaves_hidden_process                      | all      | succeeded                                       | held    |
leaves_holder_of_the_folder                | all      | succeeded                                       | held    |
leaves_holder_of_the_text_pipe             | all      | succeeded                                       | held    |
leaves_its_group                           | all      | succeeded                                       | heavy   |
leaves_names_where_next_job_looks          | all      | succeeded                                       | works   |
leaves_odd_names                           | all      | succeeded                                       | held    |
leaves_processes_that_replace_each_other   | all      | succeeded                                       | held    |
leaves_program                             | all      | succeeded                                       | held    |
leaves_program_with_capabilities           | all      | script_error                                    | root    |
leaves_setuid_program                      | all      | script_error                                    | works   |
leaves_sister                              | all      | succeeded                                       | held    |
leaves_stopped_process                     | all      | succeeded                                       | held    |
leaves_unremovable_file                    | all      | succeeded                                       | heavy   |
lets_the_host_connect_in                   | confined | succeeded                                       | works   | connects_in
lets_the_host_connect_in_by_name           | confined | succeeded                                       | works   | connects_in
limits_its_supervisor                      | all      | succeeded process_died                          | works   |
limits_the_parent                          | all      | succeeded                                       | works   |
limits_warm_process                        | all      | succeeded                                       | works   |
links_out                                  | all      | succeeded                                       | works   |
links_setuid_program                       | all      | succeeded                                       | machine |
lists_credentials                          | all      | succeeded                                       | works   |
lists_folder_of_warm_process               | all      | succeeded                                       | works   |
lists_given_folders                        | all      | succeeded                                       | works   | sibling
lists_home                                 | confined | succeeded                                       | works   |
lists_other_jobs                           | all      | succeeded                                       | works   |
loads_another_kernel                       | all      | succeeded                                       | machine |
loads_kernel_modules                       | all      | succeeded                                       | machine |
loads_programs_into_the_kernel             | all      | succeeded                                       | machine |
locks_its_input                            | all      | succeeded                                       | machine | dataset
makes_folder_outside                       | all      | succeeded                                       | works   |
makes_namespaces                           | all      | succeeded                                       | works   |
makes_namespaces_by_clone                  | all      | succeeded                                       | works   |
makes_namespaces_by_clone3                 | all      | succeeded                                       | works   |
makes_pipe_outside                         | all      | succeeded                                       | works   |
makes_root_writable                        | all      | succeeded                                       | heavy   |
makes_symlink_outside                      | all      | succeeded                                       | works   |
makes_user_namespace                       | all      | succeeded                                       | works   |
maps_users                                 | all      | succeeded                                       | root    |
measures_too_much                          | all      | succeeded                                       | held    |
measures_wide_rows                         | all      | succeeded                                       | held    |
mounts_by_new_calls                        | all      | succeeded                                       | root    |
mounts_home_elsewhere                      | all      | succeeded                                       | root    |
mounts_what_it_likes                       | all      | succeeded                                       | root    |
moves_outside_file_in                      | all      | succeeded                                       | works   |
moves_shared_places_in_files               | all      | succeeded                                       | machine |
names_contents_of_others                   | all      | succeeded                                       | held    |
opens_foreign_devices                      | all      | succeeded                                       | machine |
opens_many_descriptors                     | all      | script_error process_died                       | held    |
opens_odd_sockets                          | all      | succeeded                                       | machine |
opens_posix_queue_of_neighbour             | all      | succeeded                                       | works   |
opens_raw_sockets                          | all      | succeeded                                       | root    |
opens_tree_of_places                       | all      | succeeded                                       | works   |
overwrites_a_file                          | all      | succeeded                                       | works   |
overwrites_a_file_in_tmp                   | all      | succeeded                                       | works   |
passes_over_signals                        | all      | timed_out                                       | heavy   | timeout=1
pins_memory_in_pipes                       | all      | memory_exceeded script_error                    | heavy   | memory=250e6
pivots_root                                | all      | succeeded                                       | root    |
plants_code_for_every_python               | all      | succeeded                                       | works   |
presses_the_magic_key                      | all      | succeeded                                       | machine |
raises_its_capabilities                    | all      | succeeded                                       | root    |
raises_its_limits                          | all      | succeeded                                       | machine |
reaches_ports_of_the_hardware              | all      | succeeded                                       | machine |
reads_allowed_folder_s_neighbour           | confined | succeeded                                       | works   | allow_read=allowed_to_read
reads_arguments_of_others                  | all      | succeeded                                       | works   |
reads_blob_of_another_run                  | all      | succeeded                                       | works   |
reads_cloud_credentials                    | all      | succeeded                                       | works   |
reads_credentials_made_later               | all      | succeeded                                       | works   | credentials
reads_credentials_that_are_replaced        | confined | succeeded                                       | works   | credentials
reads_credentials_written_anew             | all      | succeeded                                       | works   | credentials
reads_database                             | all      | succeeded                                       | works   |
reads_database_as_a_file                   | all      | succeeded                                       | works   |
reads_disk_by_own_device                   | all      | succeeded                                       | machine |
reads_disk_device                          | all      | succeeded                                       | machine |
reads_documents                            | confined | succeeded                                       | works   |
reads_folder_of_sibling                    | all      | succeeded                                       | works   | sibling
reads_folder_of_sibling_by_proc            | all      | succeeded                                       | works   | sibling
reads_inherited_files                      | all      | succeeded                                       | machine |
reads_its_memory_for_secrets               | confined | succeeded                                       | works   |
reads_its_own_variables                    | confined | succeeded                                       | works   |
reads_key_by_another_program               | all      | succeeded                                       | works   |
reads_key_by_climbing                      | all      | succeeded                                       | works   |
reads_key_by_file_handle                   | all      | succeeded                                       | machine |
reads_key_by_folder_of_the_parent          | all      | succeeded                                       | works   |
reads_key_by_hard_link                     | all      | succeeded                                       | works   |
reads_key_by_inherited_folder              | all      | succeeded                                       | machine |
reads_key_by_its_handle                    | all      | succeeded                                       | machine |
reads_key_by_link_of_a_descriptor          | all      | succeeded                                       | works   |
reads_key_by_open_files_of_others          | all      | succeeded                                       | works   |
reads_key_by_root_of_itself                | all      | succeeded                                       | works   |
reads_key_by_root_of_other_processes       | all      | succeeded                                       | works   |
reads_key_by_root_of_the_first_process     | all      | succeeded                                       | machine |
reads_key_by_symlink                       | all      | succeeded                                       | works   |
reads_key_of_secrets                       | all      | succeeded                                       | works   |
reads_keyring_of_the_kernel                | all      | succeeded                                       | works   |
reads_keys_of_gnupg_and_browsers           | all      | succeeded                                       | works   |
reads_log_of_the_kernel                    | all      | succeeded                                       | machine |
reads_maps_of_the_parent                   | all      | succeeded                                       | works   |
reads_memory_of_neighbour                  | all      | succeeded                                       | works   |
reads_memory_of_the_machine                | all      | succeeded                                       | machine |
reads_memory_of_the_parent                 | all      | succeeded                                       | works   |
reads_memory_of_the_parent_by_call         | all      | succeeded                                       | works   |
reads_mounts_beneath                       | all      | succeeded                                       | machine |
reads_netrc                                | all      | succeeded                                       | works   |
reads_other_job                            | all      | succeeded                                       | works   |
reads_other_job_by_its_own_folder          | all      | succeeded                                       | works   |
reads_packages_of_other_jobs               | all      | succeeded                                       | works   |
reads_posix_shared_memory                  | all      | succeeded                                       | works   |
reads_shadow                               | all      | succeeded                                       | root    |
reads_shared_memory_of_neighbour           | all      | succeeded                                       | works   |
reads_shell_history                        | all      | succeeded                                       | works   |
reads_ssh_key                              | all      | succeeded                                       | works   |
reads_terminal_of_the_person               | all      | succeeded                                       | works   |
reads_tmp_of_the_machine                   | confined | succeeded                                       | works   |
reads_tokens_of_package_indexes            | all      | succeeded                                       | works   |
reads_variables_it_began_with              | confined | succeeded                                       | works   |
reads_variables_of_everybody               | all      | succeeded                                       | works   |
reads_variables_of_the_parent              | all      | succeeded                                       | works   |
reads_what_sibling_was_given               | all      | succeeded                                       | works   | sibling
reads_what_tells_of_the_machine            | confined | succeeded                                       | machine |
reads_workspace_of_the_project             | all      | succeeded                                       | works   | allow_read=project
removes_everything_of_the_person           | all      | succeeded                                       | works   |
removes_job_folder                         | all      | result_invalid                                  | held    |
removes_outside                            | all      | succeeded                                       | works   |
renames_outside                            | all      | succeeded                                       | works   |
renames_the_machine                        | all      | succeeded                                       | root    |
restarts_the_machine                       | all      | succeeded                                       | root    |
returns_objects_that_run_code              | all      | succeeded                                       | held    |
returns_too_many_columns                   | all      | succeeded                                       | heavy   |
returns_too_much                           | all      | file_size_exceeded                              | heavy   |
says_that_it_leaves                        | all      | timed_out                                       | heavy   | timeout=1
sees_connections_of_the_machine            | confined | succeeded                                       | works   |
sees_interfaces_of_the_machine             | confined | succeeded                                       | works   |
sees_processes_by_calls                    | all      | succeeded                                       | works   |
sees_processes_of_others                   | all      | succeeded                                       | works   |
sends_datagram_out                         | confined | succeeded                                       | machine |
sends_datagram_to_loopback                 | confined | succeeded                                       | works   |
sends_datagram_to_unix_socket              | confined | succeeded                                       | works   |
sets_attributes_outside                    | all      | succeeded                                       | works   |
sets_core_pattern                          | all      | succeeded                                       | root    |
sets_flags_outside                         | all      | succeeded                                       | works   |
sets_release_agent                         | all      | succeeded                                       | machine |
sets_the_clock                             | all      | succeeded                                       | root    |
sets_the_kernel                            | all      | succeeded                                       | works   |
sleeps_at_its_end                          | all      | succeeded                                       | heavy   |
sleeps_for_ever                            | all      | timed_out                                       | heavy   | timeout=1
sleeps_while_imported                      | all      | timed_out                                       | heavy   | timeout=1
slows_others_down                          | all      | succeeded                                       | works   |
speaks_by_descriptors_of_the_first_process | all      | succeeded                                       | works   |
speaks_on_inherited_sockets                | all      | succeeded                                       | held    |
speaks_with_the_kernel_s_sockets           | all      | succeeded                                       | works   |
starts_processes_that_leave                | all      | processes_exceeded                              | heavy   |
starts_processes_that_start_processes      | all      | processes_exceeded                              | heavy   |
starts_processes_without_end               | all      | processes_exceeded                              | heavy   |
starts_threads_without_end                 | all      | processes_exceeded                              | heavy   |
steals_descriptor_of_neighbour             | all      | succeeded                                       | works   |
steals_descriptors_of_supervisor           | all      | succeeded                                       | works   |
stops_its_supervisor                       | all      | succeeded                                       | heavy   |
stops_itself                               | all      | timed_out                                       | heavy   | timeout=1
stops_warm_process                         | all      | succeeded                                       | works   |
swallows_every_error                       | all      | timed_out                                       | heavy   | timeout=1
swaps_fault_for_a_link                     | all      | process_died                                    | held    |
swaps_its_packages_for_a_link_outside      | all      | succeeded                                       | held    |
swaps_its_places_for_links                 | all      | succeeded                                       | held    |
swaps_its_wheel_for_a_link                 | all      | succeeded                                       | held    |
swaps_job_folder_for_a_link                | all      | succeeded                                       | works   |
swaps_link_for_its_own                     | all      | succeeded                                       | held    |
swaps_memory_of_the_machine                | all      | succeeded                                       | root    |
swaps_metrics_for_a_link                   | all      | succeeded                                       | held    |
swaps_metrics_for_a_pipe                   | all      | succeeded                                       | held    |
swaps_outputs_for_a_link                   | all      | result_invalid                                  | held    |
swaps_result_for_a_bomb                    | all      | result_invalid                                  | held    |
swaps_result_for_a_device                  | all      | succeeded                                       | machine |
swaps_result_for_a_folder                  | all      | result_invalid                                  | held    |
swaps_result_for_a_hard_link               | all      | succeeded                                       | works   |
swaps_result_for_a_link                    | all      | result_invalid                                  | held    |
swaps_result_for_a_lying_table             | all      | result_invalid                                  | held    |
swaps_result_for_a_pipe                    | all      | result_invalid                                  | held    |
swaps_result_for_a_socket                  | all      | result_invalid                                  | held    |
swaps_result_for_an_endless_file           | all      | outputs_exceeded                                | heavy   |
swaps_result_for_damaged_tables            | all      | result_invalid                                  | held    |
swaps_result_for_garbage                   | all      | result_invalid                                  | held    |
swaps_result_for_hostile_metadata          | all      | succeeded                                       | held    |
swaps_result_while_it_is_read              | all      | succeeded result_invalid                        | held    |
swaps_uploads_for_a_link                   | all      | succeeded                                       | held    |
swaps_what_it_hands_over                   | all      | succeeded                                       | held    |
swaps_work_folder_for_a_link               | all      | succeeded                                       | held    |
takes_mounts_away                          | all      | succeeded                                       | root    |
takes_the_supervisor_s_voice               | all      | succeeded                                       | machine |
traces_its_child                           | all      | succeeded                                       | works   |
traces_its_supervisor                      | all      | succeeded                                       | works   |
traces_neighbour                           | all      | succeeded                                       | works   |
traces_the_parent                          | all      | succeeded                                       | works   |
traces_warm_process                        | all      | succeeded                                       | works   |
truncates_outside                          | all      | succeeded                                       | works   |
types_at_terminal_of_the_person            | all      | succeeded                                       | works   |
uploads_a_pickle                           | all      | succeeded                                       | held    |
uploads_bombs                              | all      | succeeded                                       | held    |
uploads_links                              | all      | succeeded                                       | works   |
uploads_pipes_and_sockets                  | all      | succeeded                                       | held    |
uploads_too_many                           | all      | succeeded                                       | heavy   |
uploads_too_much                           | all      | outputs_exceeded                                | held    |
uses_io_uring                              | all      | succeeded                                       | machine |
uses_pipe_in_tmp                           | all      | succeeded                                       | works   |
uses_queue_of_neighbour                    | all      | succeeded                                       | works   |
warns_without_end                          | all      | script_error                                    | held    |
watches_the_processor                      | all      | succeeded                                       | machine |
writes_beside_the_interpreter              | all      | succeeded                                       | root    |
writes_by_inherited_descriptor             | all      | succeeded                                       | machine |
writes_code_of_transom                     | all      | succeeded                                       | root    |
writes_database                            | all      | succeeded                                       | works   |
writes_given_file                          | all      | succeeded                                       | works   |
writes_in_folder_to_read                   | all      | succeeded                                       | works   | allow_read=allowed_to_read
writes_in_home                             | all      | succeeded                                       | works   |
writes_in_sys                              | all      | succeeded                                       | root    |
writes_in_the_environment                  | all      | succeeded                                       | root    |
writes_in_the_standard_library             | all      | succeeded                                       | root    |
writes_in_tmp_of_the_machine               | all      | succeeded                                       | works   |
writes_into_shared_memory_of_warm_process  | all      | succeeded                                       | held    |
writes_into_sibling_job                    | all      | succeeded                                       | works   | sibling
writes_into_the_parent                     | all      | succeeded                                       | works   |
writes_into_the_supervisor                 | all      | succeeded                                       | works   |
writes_into_warm_process                   | all      | succeeded                                       | works   |
writes_its_input_by_its_path               | all      | succeeded                                       | root    | dataset
writes_its_input_through_descriptor        | all      | succeeded                                       | held    | dataset
writes_its_input_through_map               | all      | succeeded                                       | root    | dataset
writes_workspace_of_the_project            | all      | succeeded                                       | works   | allow_write=project
"""


def _cases() -> Iterator[Case]:
    for line in TABLE.strip().splitlines():
        name, under, ends, alone, run_with = (part.strip() for part in line.split("|"))
        options, limits = _read(run_with)
        policies = ("guarded", "confined", "strict") if under == "all" else ("confined", "strict")
        yield Case(name, policies, frozenset(ends.split()), alone, options, limits)


def _read(run_with: str) -> tuple[dict[str, Any], dict[str, float]]:
    options: dict[str, Any] = {}
    limits: dict[str, float] = {}
    for word in run_with.split():
        name, _, value = word.partition("=")
        if name in _LIMITS:
            limits[name] = float(value)
        elif value:
            options[name] = [value]
        else:
            options[name] = True
    return options, limits


CASES = {case.name: case for case in _cases()}
