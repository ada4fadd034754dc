//! Binaries byte by byte, where a text of them would be too long.

/// An unsigned number as WebAssembly writes it.
pub(crate) fn number(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

pub(crate) fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id][..], &number(content.len()), content].concat()
}

/// A core module of these sections.
pub(crate) fn module(sections: &[Vec<u8>]) -> Vec<u8> {
    [b"\0asm\x01\0\0\0".as_slice(), &sections.concat()].concat()
}

/// A component with this core module in it.
pub(crate) fn around(module: &[u8]) -> Vec<u8> {
    [b"\0asm\x0d\0\x01\0".as_slice(), &section(1, module)].concat()
}

/// A core module of functions without parameters, each of this code.
pub(crate) fn functions(count: usize, locals: usize, code: &[u8]) -> Vec<u8> {
    let locals = match locals {
        0 => vec![0],
        some => [&[1][..], &number(some), &[0x7f]].concat(),
    };
    let body = [&locals, code, &[0x0b]].concat();
    let body = [number(body.len()), body].concat();
    let types = section(1, &[1, 0x60, 0, 0]);
    let functions = section(3, &[number(count), vec![0; count]].concat());
    let bodies = section(10, &[number(count), body.repeat(count)].concat());
    module(&[types, functions, bodies])
}

/// Where each section of a component begins and ends, those of the modules in it too.
pub(crate) fn sections(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut open = vec![(8, bytes.len())];
    while let Some((mut at, end)) = open.pop() {
        while at < end {
            let (mut size, mut digits) = (0, 0);
            loop {
                let byte = bytes[at + 1 + digits];
                size |= ((byte & 0x7f) as usize) << (7 * digits);
                digits += 1;
                if byte & 0x80 == 0 {
                    break;
                }
            }
            let content = at + 1 + digits;
            found.push((content, content + size));
            // A core module in a component.
            if bytes[at] == 1 && bytes[content..].starts_with(b"\0asm") {
                open.push((content + 8, content + size));
            }
            at = content + size;
        }
    }
    found
}
