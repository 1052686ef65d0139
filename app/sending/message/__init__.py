"""What goes out: formats, rendering, selected fields, signing, headers, and the masking of what is kept."""
