"""An order in the file a supplier can work with. A writer is `write(sheet) -> bytes`."""

from suppliers.writers import csv_file, xlsx_file

WRITERS = {"csv": csv_file.write, "xlsx": xlsx_file.write}
MIME_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
