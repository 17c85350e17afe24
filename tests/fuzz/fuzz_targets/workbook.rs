#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| junheng_ingest::fuzz::workbook(bytes));
