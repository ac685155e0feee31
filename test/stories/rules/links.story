# Where links lead, and how pages and mails hide it.

URL_SHORTENER
  hits    see https://bit.ly/3xyz
  misses  see https://bit.ly.example.org/3xyz
URL_FREE_HOSTING
  hits    see https://quick4711.web.app/login
  misses  see https://web.app.example.org/login
URL_STORAGE_PAGE
  hits    see https://storage.googleapis.com/bucket/page.html
  misses  see https://storage.googleapis.com/bucket/picture.png
URL_CHEAP_TLD
  hits    see https://quick.top/a
  misses  see https://top.example.org/a
  misses  the file is local.cf
URL_USER_IN_HOST
  hits    see https://paypal.com@pages.example.org/a
  misses  see https://pages.example.org/a@b
URL_PUNYCODE
  hits    see https://xn--pypal-4ve.example.org/a
  misses  see https://example.org/xn--pypal-4ve
URL_ADDRESS_IN_QUERY
  hits    see https://pages.example.org/?u=demo@example.org
  misses  see https://pages.example.org/?u=demo
  misses  [List-Id: walks <walks.example.org>] see https://pages.example.org/?u=demo@example.org
URL_LOGIN_PAGE
  hits    see https://pages.example.org/wp-content/plugins/login/index.php
  misses  see https://pages.example.org/wp-content/pictures/tree.png
URL_MANY_HYPHENS
  hits    see https://your-account-needs-help-today.example.org/
  misses  see https://your-account.example.org/needs-help-today-or-later
URL_DATA
  hits    [html] <a href="data:text/html,hello">open</a> the page of our club, and tell me what you think of the colours
  misses  [html] <a href="https://example.org/data:text/html">open</a> the page of our club
URL_OPEN_REDIRECT
  hits    see https://ads.example.org/click?url=https://other.example.net/
  misses  see https://ads.example.org/click?url=other
URL_TEXT_MISMATCH
  hits    [html] <a href="https://pages.example.net/x">https://www.bank.example.org/</a>
  misses  [html] <a href="https://login.example.org/x">https://www.example.org/</a>
URL_TO_ADDRESS
  hits    see http://203.0.113.9/login
  misses  see http://192.168.0.9/login
URL_MIXED_SCRIPTS
  hits    [html] <a href="https://pаypal.example.org/">see</a> what is new in our shop by the lake
  misses  [html] <a href="https://paypal.example.org/">see</a> что нового
URL_SHOWS_HTTPS
  hits    [html] <a href="http://pages.example.net/x">https://www.bank.example.org/</a>
  misses  [html] <a href="http://www.example.org/x">https://www.example.org/</a>
URL_FORM_SERVICE
  hits    see https://forms.gle/abc
  misses  see https://docs.google.com/document/d/abc
URL_FILE_DROP
  hits    see https://we.tl/t-abc
  misses  see https://files.example.org/t-abc
URL_MESSENGER
  hits    see https://t.me/abc
  misses  see https://me.example.org/t.me/abc
URL_PAGE_BUILDER
  hits    see https://quick.my.canva.site/x
  misses  see https://canva.example.org/x
URL_PROXY
  hits    see https://pages-example-org.translate.goog/x
  misses  see https://translate.google.com/about
URL_BIG_REDIRECT
  hits    see https://www.google.com/url?q=https://pages.example.org
  misses  see https://www.google.com/search?q=pages
URL_BRAND_IN_HOST
  hits    see https://secure-paypal.example.org/x
  misses  see https://paypal.example.org/x
URL_TWO_ENDS
  hits    see https://www.bank.com.pages.net/x
  misses  see https://www.bank.com.br/x
URL_LONG_HOST
  hits    see https://your-account-has-been-limited-please-confirm.who-you-are.example.org/x
  misses  see https://your-account.example.org/has-been-limited-please-confirm-who-you-are-now
URL_RANDOM_HOST
  hits    see https://x7k2pq9dm4zt81wv.example.org/x
  misses  see https://constantinople1453.example.org/x
URL_KIT_PAGE
  hits    see https://pages.example.org/a/verify.php?email=abcdefgh12
  misses  see https://pages.example.org/a/verify.php
URL_PROGRAM
  hits    see https://pages.example.org/a/update.exe
  misses  see https://pages.example.org/a/update.exe.html
HTML_COMMENT_IN_WORD
  hits    [html] <p>pass<!--x9-->word ver<!--q-->ify</p>
  misses  [html] <p>password <!--x9--> verify</p>
HTML_LETTER_SPANS
  hits    [html] <span>v</span><span>e</span><span>r</span><span>i</span><span>f</span>y
  misses  [html] <span>v</span> is <span>velocity</span>, <span>m</span> is mass
HTML_IMAGE_MAP
  hits    [html] <map name=m><area shape=rect coords="0,0,9,9" href="https://pages.example.org/"></map>
  misses  [html] <p>The area of the map</p>
HTML_REFRESH
  hits    [html] <meta http-equiv="refresh" content="0; url=https://pages.example.org/">
  misses  [html] <meta http-equiv="content-type" content="text/html">
HTML_SCRIPT_HIDES
  hits    [html] <script>document.write(unescape('%41'))</script>
  misses  [html] <script>var a = 1</script>
HTML_NO_SIZE_TEXT
  hits    [html] <p style="font-size:0px;">The river rises in the hills and runs past the mill</p>
  misses  [html] <p style="font-size:10px;">The river rises in the hills and runs past the mill</p>
