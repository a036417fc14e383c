//! Reads files and opens sockets, for which its component imports `wasi:filesystem` and `wasi:sockets`: the gateway has neither,
//! and must refuse the file by naming them. Were it loaded, it would report what it found.

use std::net::TcpStream;

use vestibule_plugin::{Context, Field, Input, Manifest, Provider, Refusal, Step};

struct WasiFiles;

impl Provider for WasiFiles {
    fn describe() -> Manifest {
        Manifest::new("Files", "1.0.0").summary("Looks for files and sockets.").signin([Field::email("email")])
    }

    fn signin(_ctx: &Context, _input: &Input) -> Result<Step, Refusal> {
        let file = std::fs::read("/etc/passwd").is_ok();
        let folder = std::fs::read_dir(".").is_ok();
        let socket = TcpStream::connect("127.0.0.1:5000").is_ok();
        Err(Refusal::other("looked", format!("file {file}, folder {folder}, socket {socket}")))
    }
}

vestibule_plugin::export!(WasiFiles);
