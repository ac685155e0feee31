# Mail that wants a password, a card number or a signature.

BODY_PHISH_TWO
  hits    Your account has been suspended. Please verify your identity.
  misses  Your account has been suspended, as you asked.
BODY_PHISH_MANY
  hits    Unusual activity: your account has been locked. Verify your identity within 24 hours.
  misses  Unusual activity of the sun was seen. Please confirm your seat.
BODY_MAILBOX_FULL
  hits    Your mailbox is almost full.
  misses  The mailbox at the gate is yellow.
BODY_PASSWORD_EXPIRES
  hits    Your password expires today; keep the same password below.
  misses  The password of the door is on the board.
BODY_PARCEL
  hits    Your parcel could not be delivered.
  misses  Your parcel arrived, thank you.
BODY_DOCUMENT_SHARED
  hits    Somebody shared a document with you.
  misses  We shared a sandwich on the bench.
BODY_INVOICE_PHONE BODY_CALL_ABOUT_BILL
  hits    Your subscription has been renewed for $399. To cancel, call 1-888-555-0143.
  misses  Your subscription has been renewed for a year.
BODY_CALL_ABOUT_BILL
  misses  Call us at 1-888-555-0143 for seats.
BODY_GIFT_CARD
  hits    I need five Apple gift cards for clients today.
  misses  The card that came with the gift was lovely.
BODY_BOSS_TASK
  hits    Are you available? I need you to handle a matter.
  misses  The room is available from nine.
BODY_PASSWORD_FORM BODY_HTML_FORM
  hits    [html] <form action="http://pages.example/"><input name=p type="password"></form>
  misses  [html] <p>Fill in the form and type="password" into the field.</p>
BODY_PASSWORD_FORM
  misses  [html] <form action="http://pages.example/"><input name=p type="text"></form>
PHISH_BRAND_LINK
  hits    [From: "Netflix" <info@sender.example>] Your plan: https://bit.ly/3xyz
  misses  [From: "Netflix" <info@sender.example>] Your plan: https://pages.example/3xyz
PHISH_ALARM_LINK
  hits    [Subject: Final notice: your account] Look at https://quick4711.web.app/x
  misses  [Subject: Final notice: your account] Look at https://sender.example/x
PHISH_TAX
  hits    You are eligible for a tax refund of 214 pounds.
  misses  The tax office is behind the station.
PHISH_TOLL
  hits    You have an unpaid toll balance.
  misses  The bell will toll at noon.
PHISH_SECOND_FACTOR
  hits    Two-factor authentication must be set up: two-factor authentication update required.
  misses  Two factors decide about the harvest.
PHISH_QR
  hits    Scan the QR code with your phone.
  misses  Scan the letter and send it to me.
PHISH_SEED_WORDS
  hits    Enter your recovery phrase to connect your wallet.
  misses  I found your wallet in the garden.
PHISH_AIRDROP
  hits    Claim your tokens before the airdrop ends.
  misses  Drop the tokens into the box at the door.
PHISH_COIN_BALANCE
  hits    1.2 BTC was deposited to your account.
  misses  The account of the journey has 12 pages.
PHISH_PAYMENT_FAILED
  hits    We could not process your payment.
  misses  We could not find your house.
PHISH_NOT_YOU
  hits    If this was not you, tell us.
  misses  If this is too early, tell us.
PHISH_PAYROLL
  hits    Please review your salary adjustment, and update my direct deposit.
  misses  The salary of the organist is paid by the parish.
PHISH_BANK_CHANGED
  hits    Our bank account has changed: see the new bank details.
  misses  Our bank by the river was flooded; the bench has changed its place.
PHISH_WIRE_TODAY
  hits    Please process a wire transfer today.
  misses  The wire of the fence broke today.
PHISH_DOMAIN_ENDS
  hits    Your domain name will expire tomorrow.
  misses  The park is the domain of the crows.
PHISH_COPYRIGHT
  hits    Your page was reported for a copyright infringement.
  misses  Your page on birds was a pleasure to read.
PHISH_STATE_BENEFIT
  hits    Your health insurance card is ready: order the Medicare card.
  misses  The card index of the museum is ready.
PHISH_POINTS
  hits    Your reward points expire tonight.
  misses  He won by nine points.
PHISH_CHARGE_TODAY
  hits    Your account has been charged with 349.99 dollars.
  misses  She is charged with the care of the garden.
PHISH_CLOUD_PHOTOS
  hits    Your photos will be deleted.
  misses  Your photos will be in the hall on Friday.
PHISH_GERMAN
  hits    Ihr Konto wurde vorübergehend gesperrt.
  misses  Die Straße zum Bahnhof ist gesperrt.
PHISH_PORTUGUESE
  hits    Sua conta foi bloqueada.
  misses  A rua foi bloqueada pela neve.
PHISH_SPANISH
  hits    Su cuenta ha sido bloqueada.
  misses  La calle ha sido cortada por la nieve.
PHISH_FRENCH
  hits    Votre compte a été suspendu.
  misses  Le cours a été suspendu jusqu'à lundi.
PHISH_ITALIAN
  hits    Il suo conto è stato sospeso.
  misses  Il ponte è stato chiuso ieri.
PHISH_DUTCH
  hits    Uw rekening wordt geblokkeerd.
  misses  De weg naar het strand is afgesloten.
PHISH_JAPANESE
  hits    お客様のアカウントを一時停止しました
  misses  お客様のお越しをお待ちしております
