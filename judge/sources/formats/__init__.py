"""One file per format, named like its suffix, with `read` and `split` as `files.Format` has them."""
