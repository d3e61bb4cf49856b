"""One file per format, named like its suffix: `read(file, limit) -> Iterator[Record]`."""
