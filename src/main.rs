//! The program: parse, call the library, turn one enum into an exit code.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(korebulk::main())
}
