# What lies in archives.

ARCHIVE_PROGRAM
  hits    [zip papers.zip readme.txt run.exe]
  misses  [zip papers.zip readme.txt run.exe.txt]
ARCHIVE_DOUBLE_EXTENSION
  hits    [zip papers.zip invoice.pdf.exe]
  misses  [zip papers.zip invoice.exe.pdf]
ARCHIVE_DISK_IMAGE
  hits    [zip papers.zip order.iso]
  misses  [zip papers.zip order.txt]
DOCUMENT_MACROS
  hits    [zip list.docx word/document.xml word/vbaProject.bin]
  misses  [zip list.docx word/document.xml]
ARCHIVE_ENCRYPTED
  hits    [zip papers.zip readme.txt:locked]
  misses  [zip papers.zip readme.txt]
DOCUMENT_ENCRYPTED
  hits    [attach paper.pdf %PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<< /Root 1 0 R /Encrypt 2 0 R >>\n%%EOF]
  misses  [attach paper.pdf %PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF]
ARCHIVE_PASSWORD_TOLD
  hits    [zip papers.zip readme.txt:locked] The password: 4711
  misses  [zip papers.zip readme.txt] The password: 4711
ARCHIVE_BOMB
  hits    [zip papers.zip zeros:900000000]
  misses  [zip papers.zip zeros:90000000]
