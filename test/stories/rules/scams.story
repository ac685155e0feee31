# Stories that end with money sent to a stranger.

SCAM_RECOVERY
  hits    I can recover your stolen crypto funds in two days.
  misses  We recovered the stolen bicycle in two days.
SCAM_INVESTOR
  hits    A private investor wishes to invest in your country.
  misses  The country invests in its railways.
SCAM_DONATION
  hits    I have decided to donate the sum of my savings to you.
  misses  I have decided to donate my books to the school.
SCAM_OFFICIAL_FUND
  hits    The United Nations has approved your payment.
  misses  She works for the United Nations in Geneva.
SCAM_DYING_WIDOW
  hits    I am a widow of seventy, and my late husband deposited the money in a bank.
  misses  My late arrival was due to the train.
SCAM_SOLDIER
  hits    I am a US Army general deployed in Syria.
  misses  The army museum is open on Sundays.
SCAM_ROMANCE
  hits    I saw your profile and hope for a serious relationship.
  misses  The profile of the tunnel is serious work.
SCAM_SAME_NAME
  hits    You bear it too: he died with the same surname, so stand as next of kin.
  misses  Two authors of the same name wrote it.
SCAM_LOAN_RATE
  hits    We offer all kinds of loans at an interest rate of 2%.
  misses  The museum offers its pictures on loan.
SCAM_JOB
  hits    Mystery shoppers wanted, no experience needed.
  misses  The job at the library is open until May.
SCAM_PIANO
  hits    I am giving away my late husband's piano, you only pay the movers.
  misses  The piano at the school was tuned on Friday.
SCAM_VIRUS_FOUND
  hits    Your computer is infected with five viruses.
  misses  The computer of the library is slow today.
SCAM_TRADING
  hits    Our trading bot earns 12% daily profit.
  misses  The trading of stamps earns nobody a profit.
SCAM_YOUR_DETAILS
  hits    Send me: full name, address, telephone number, occupation, age.
  misses  Write your name and telephone number on the list.
SCAM_PRIVATE_ADDRESS
  hits    Please reply to my private e-mail for more.
  misses  Please reply to the whole list.
SCAM_MESSENGER
  hits    Write to me on WhatsApp: +1 202 555 0143.
  misses  Our WhatsApp group has 12 members now.
SCAM_NOT_A_JOKE
  hits    I know this will be a surprise to you.
  misses  I know this road by heart.
