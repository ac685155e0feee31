# Names that authors give themselves, and subjects of today.

HDR_FROM_BRAND
  hits    [From: "PayPal Service" <info@sender.example>]
  misses  [From: "PayPal" <service@paypal.com>]
HDR_FROM_SERVICE_FREE
  hits    [From: Account Team <team4711@gmail.com>]
  misses  [From: Account Team <team@sender.example>]
HDR_FROM_MAIL_SYSTEM
  hits    [From: Mailbox Administrator <x@sender.example>]
  misses  [From: Mail Order Books <x@sender.example>]
HDR_FROM_EMOJI
  hits    [From: =?utf-8?b?8J+TpiBQYXJjZWw=?= <x@sender.example>]
  misses  [From: Parcel <x@sender.example>] [Subject: =?utf-8?b?8J+Tpg==?=]
HDR_FROM_FANCY
  hits    [From: =?utf-8?b?8J2Xl/Cdl7LwnZe68J2Xvw==?= <x@sender.example>]
  misses  [From: =?utf-8?b?8J2Xlw==?= Club <x@sender.example>]
HDR_FROM_INVISIBLE
  hits    [From: =?utf-8?q?Ama=E2=80=8Bzon?= <x@sender.example>]
  misses  [From: =?utf-8?q?Ann_=E2=80=8B?= <x@sender.example>]
HDR_FROM_TENANT
  hits    [From: Billing <billing@quick4711.onmicrosoft.com>]
  misses  [From: Billing <billing@microsoft.com>]
HDR_FROM_RANDOM_LOCAL
  hits    [From: x7k2pq9dm4zt81wv@sender.example]
  misses  [From: constantinopolitan7@sender.example]
HDR_FROM_DEEP_DOMAIN
  hits    [From: a@m1.k2.x3.y4.z5.sender.example]
  misses  [From: a@mail.news.sender.example]
HDR_SUBJECT_EMOJI_ALARM
  hits    [Subject: =?utf-8?b?4pqg77iPIExhc3Qgbm90aWNl?=]
  misses  [Subject: =?utf-8?b?8J+MuyBzdW1tZXI=?=]
HDR_SUBJECT_PARCEL
  hits    [Subject: Your package is on hold]
  misses  [Subject: Your package of seeds, with thanks]
HDR_SUBJECT_UNPAID
  hits    [Subject: Your payment was declined]
  misses  [Subject: Thank you for your payment]
HDR_SUBJECT_SIGN
  hits    [Subject: Please review and sign]
  misses  [Subject: a sign of spring]
HDR_SUBJECT_REWARD
  hits    [Subject: Your reward is waiting]
  misses  [Subject: Congratulations to the two of you]
HDR_SUBJECT_WALLET
  hits    [Subject: MetaMask: action needed]
  misses  [Subject: a wallet was found in the bus]
HDR_SUBJECT_SHOUT_MARKS
  hits    [Subject: Open this now!!!]
  misses  [Subject: Open on Sunday!]
HDR_SUBJECT_ALARM
  hits    [Subject: Final notice: your account]
  misses  [Subject: notes about your account]
