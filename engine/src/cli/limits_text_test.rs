use super::*;

#[test]
fn what_differs_from_the_profile_says_so() {
    let limits = Limits {
        memory_bytes: 64 << 20,
        log_lines: 0,
        ..Limits::script()
    };
    insta::assert_snapshot!(limits_text("guest.orders.limits", &limits), @r#"
    [guest.orders.limits]
    profile = "script"
    module_bytes = "64 MB"
    functions = 100000
    function_body_bytes = "1 MB"
    function_blocks = 40000
    locals_times_blocks = 32000000
    data_bytes = "64 MB"
    modules = 64
    nesting = 3
    instances = 128
    memories = 8
    compile_time = "180 seconds"
    compile_memory_bytes = "4 GB"
    memory_bytes = "64 MB"  # `script` has 512 MB
    kept_memory_bytes = "256 MB"
    table_elements = 100000
    fuel_per_call = 5000000000
    fuel_per_record = 5000000
    fuel_per_byte = 10000
    call_time = "30 seconds"
    log_lines = 0  # `script` has 20
    log_line_bytes = "1 KB"
    call_records = 2048
    call_bytes = "1 MB"
    record_bytes = "32 MB"
    output_bytes = "128 MB"
    output_rows = 1000000
    state_bytes = "256 KB"
    reason_bytes = "1 KB"
    fields = 1000
    depth = 16
    name_bytes = "128 B"
    "#);
}

#[test]
fn a_profile_as_it_is_has_no_remarks() {
    let text = limits_text("guest.orders.limits", &Limits::default());
    assert!(
        text.starts_with("[guest.orders.limits]\nprofile = \"rust\"\nmodule_bytes = \"16 MB\"\n"),
        "{text}"
    );
    assert!(!text.contains('#'), "{text}");
}
