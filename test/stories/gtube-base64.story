title      an encoding hides nothing
client     192.0.2.30
sender     a@tester.example
recipient  demo@example.org
expect     GTUBE=1000
action     reject 550 5.7.1
---
From: a@tester.example
To: demo@example.org
Subject: a test
Date: Sat, 21 Nov 2026 18:00:00 +0000
Message-ID: <gtube-b64@tester.example>
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+WEpTKkM0SkRCUUFETjEuTlNCTjMqMklETkVOKkdUVUJFLVNUQU5EQVJELUFO
VEktVUJFLVRFU1QtRU1BSUwqQy4zNFg8L3A+Cg==
