# Parts and attachments.

MIME_PROGRAM_NAME
  hits    [attach setup.exe x]
  misses  [attach setup.exe.txt x]
MIME_PROGRAM_BYTES
  hits    [attach data \x7fELF\x02\x01\x01]
  misses  [attach data ELF]
MIME_PROGRAM_DISGUISED
  hits    [attach photo.jpg \x7fELF\x02\x01\x01]
  misses  [attach photo.bin \x7fELF\x02\x01\x01]
MIME_DOUBLE_EXTENSION
  hits    [attach invoice.pdf.exe x]
  misses  [attach minutes.2026.pdf x]
MIME_DISK_IMAGE
  hits    [attach order.iso x]
  misses  [attach order.isometric x]
MIME_HTML_ATTACHED
  hits    [attach page.htm <p>hello</p>]
  misses  [attach page.txt <p>hello</p>]
MIME_RARE_ARCHIVE
  hits    [attach papers.7z x]
  misses  [attach papers.zip x]
MIME_MACRO_NAME
  hits    [attach list.xlsm x]
  misses  [attach list.xlsx x]
MIME_CALENDAR
  hits    [attach walk.ics x]
  misses  [attach walk.txt x]
MIME_TOO_DEEP
  hits    [nest 40] deep
  misses  [nest 4] not so deep
MIME_BROKEN
  hits    [Content-Type: multipart/mixed] --cut\n\ntext
  misses  [Content-Type: multipart/mixed; boundary=cut] --cut\n\ntext\n--cut--
MIME_TEXT_BASE64
  hits    [Content-Transfer-Encoding: base64] U2hhbGwgd2UgbWVldD8=
  misses  [Content-Transfer-Encoding: quoted-printable] Shall we meet?
MIME_ASCII_BASE64
  hits    [Content-Type: text/plain; charset=us-ascii] [Content-Transfer-Encoding: base64] U2hhbGwgd2UgbWVldD8=
  misses  [Content-Type: text/plain; charset=utf-8] [Content-Transfer-Encoding: base64] U2hhbGwgd2UgbWVldD8=
MIME_HTML_ONLY
  hits    [html] <p>hello</p>
  misses  <p>hello</p>
MIME_NO_VERSION
  hits    [MIME-Version]
  misses  [MIME-Version: 1.1]
MIME_CHARSET_ODD
  hits    [Content-Type: text/plain; charset=utf-7] hello
  misses  [Content-Type: text/plain; charset=koi8-r] hello
MIME_HTML_PHISH
  hits    [attach page.html <p>hello</p>] Your password expires today.
  misses  [attach page.html <p>hello</p>] The page of our club, as you asked, with the pictures from Sunday.
MIME_SVG
  hits    [attach play.svg <svg></svg>]
  misses  [attach play.png x]
MIME_SHORTCUT
  hits    [attach open.url x]
  misses  [attach url.txt x]
MIME_NAME_GAP
  hits    [attach invoice.pdf\x20\x20\x20\x20\x20\x20\x20\x20.exe x]
  misses  [attach our\x20invoice\x20of\x20May.pdf x]
MIME_NAME_REVERSED
  hits    [attach invoice\xe2\x80\xaefdp.exe x]
  misses  [attach fdp.invoice x]
MIME_BILL_PAGE
  hits    [attach payment-advice.html <p>hello</p>]
  misses  [attach payment-advice.pdf x]
