"""Files of residents into the registry: read, check row by row, load all or nothing. The door is `loading.import_file`."""
