# Header fields: who writes, when, and with what.

HDR_NO_FROM
  hits    [From]
  misses  [From: a]
HDR_NO_DATE
  hits    [Date]
  misses  [Date: yesterday]
HDR_NO_MESSAGE_ID
  hits    [Message-ID]
  misses  [Message-ID: 1]
HDR_SUBJECT_EMPTY
  hits    [Subject: ]
  hits    [Subject]
  misses  [Subject: .]
HDR_NO_TO
  hits    [To]
  misses  [To: friends]
HDR_MESSAGE_ID_FORM
  hits    [Message-ID: walk-1@sender.example]
  misses  [Message-ID: <walk-1@sender.example>]
HDR_MESSAGE_ID_LOCAL
  hits    [Message-ID: <walk-1@localhost.localdomain>]
  misses  [Message-ID: <walk-1@localhost.sender.example>]
HDR_DATE_FUTURE
  hits    [Date: Mon, 23 Nov 2026 18:10:00 +0000]
  misses  [Date: Sun, 22 Nov 2026 10:00:00 +0000]
HDR_DATE_FORM
  hits    [Date: 21/11/2026 18:00]
  misses  [Date: 21 Nov 2026 18:00:00 +0000]
HDR_FROM_NAME_ADDRESS
  hits    [From: "service@bank.example" <x@sender.example>]
  misses  [From: "ann@sender.example" <ann@sender.example>]
HDR_FROM_IS_TO
  hits    [To: ann@sender.example]
  misses  [To: ann@sender.example, demo@example.org]
  misses  [To: ann@sender.example] [List-Id: walks <walks.example.org>]
HDR_FROM_MANY_DIGITS
  hits    [From: info20264711@sender.example]
  misses  [From: info2026@sender.example]
HDR_FROM_CONSONANTS
  hits    [From: kxvbtrq@sender.example]
  misses  [From: kirstbtr@sender.example]
HDR_FROM_CHEAP_TLD
  hits    [From: shop@sender.top]
  misses  [From: shop@top.example]
HDR_FROM_NO_ADDRESS
  hits    [From: Customer Service]
  misses  [From: Customer Service <a@b.example>]
HDR_REPLY_TO_FREE HDR_REPLY_TO_STRANGER
  hits    [Reply-To: mr.banks@gmail.com]
  misses  [Reply-To: mr.banks@gmail.example.org]
HDR_REPLY_TO_STRANGER
  misses  [Reply-To: ann@gmail.com] [From: ann@gmail.com]
HDR_SUBJECT_8BIT
  hits    [Subject: Gr\xfc\xdfe aus M\xfcnchen]
  misses  [Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=]
HDR_SUBJECT_CAPITALS
  hits    [Subject: ANSWER ME BEFORE THE WEEKEND]
  misses  [Subject: ANSWER me before the WEEKEND]
HDR_SUBJECT_SCRIPTS
  hits    [Subject: Your =?utf-8?q?P=D0=B0yPal?= account]
  misses  [Subject: =?utf-8?q?=D0=9C=D0=BE=D1=81=D0=BA=D0=B2=D0=B0?= Moscow]
HDR_FROM_SCRIPTS
  hits    [From: =?utf-8?q?M=D1=96crosoft?= <ann@sender.example>]
  misses  [From: =?utf-8?q?=D0=98=D0=B2=D0=B0=D0=BD?= Miller <ann@sender.example>]
HDR_SUBJECT_FANCY
  hits    [Subject: =?utf-8?b?8J2Xl/Cdl7LwnZe68J2Xvw==?=]
  misses  [Subject: the set =?utf-8?b?8J2Xlw==?= of numbers]
HDR_SUBJECT_INVISIBLE
  hits    [Subject: =?utf-8?q?acc=E2=80=8Bount?=]
  misses  [Subject: =?utf-8?q?account_=E2=80=8B?=]
HDR_SUBJECT_MONEY
  hits    [Subject: your share of $4,500,000]
  misses  [Subject: lunch for $12]
HDR_SUBJECT_GAPPY
  hits    [Subject: C L I C K E D here]
  misses  [Subject: vitamins a b c]
HDR_SUBJECT_ID_TAIL
  hits    [Subject: cheap watches              kq8812x]
  misses  [Subject: cheap watches kq8812x]
HDR_SUBJECT_FAKE_REPLY HDR_REPLY_TO_NOTHING
  hits    [Subject: Re: our talk]
  misses  [Subject: Reply to our talk]
HDR_REPLY_TO_NOTHING
  misses  [Subject: Re: our talk] [In-Reply-To: <12345@example.org>]
HDR_BULK_MAILER
  hits    [X-Mailer: PHPMailer 6.5.1]
  misses  [X-Mailer: Apple Mail (2.3654)]
HDR_PHP_SCRIPT
  hits    [X-PHP-Originating-Script: 33:mailer.php]
  misses  [X-PHP-Originating-Script: ]
HDR_OLD_OUTLOOK
  hits    [X-Mailer: Microsoft Outlook Express 6.00.2800.1158]
  misses  [X-Mailer: Microsoft Outlook 16.0]
HDR_NO_HOPS
  hits    [Received]
  misses  
HDR_UNDISCLOSED
  hits    [To: undisclosed-recipients:;]
  misses  [To: the recipients of our paper <demo@example.org>]
HDR_NULL_IN_HEADERS
  hits    [X-Note: a\x00b]
  misses  [X-Note: a b] zero: \x00
HDR_LIST_REPLY HDR_THREADED
  hits    [List-Id: walks <walks.example.org>] [In-Reply-To: <12345@example.org>] [References: <12345@example.org>]
  misses  [List-Id: walks <walks.example.org>]
HDR_THREADED
  misses  [In-Reply-To: <12345@example.org>]
HDR_SENDER_PROVEN
  hits    [auth spf=pass dkim=sender.example]
  misses  [auth spf=softfail dkim=sender.example]
  misses  [auth spf=pass]
