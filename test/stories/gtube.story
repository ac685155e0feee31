title      the test string that every filter must condemn
client     192.0.2.30 mail.tester.example
helo       mail.tester.example
sender     a@tester.example
recipient  demo@example.org
expect     GTUBE=1000
action     reject 550 5.7.1
---
From: a@tester.example
To: demo@example.org
Subject: a test
Date: Sat, 21 Nov 2026 18:00:00 +0000
Message-ID: <gtube@tester.example>

XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X
