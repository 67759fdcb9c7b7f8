# SPDX-License-Identifier: MIT
"""What providers and programs say: a text of each, as seen in the field, and the cause that the person behind it had.

A row: id, cause(s), where the words come, the texts. Where: the verb of speak.py, then the port (25 without a login, 587 with
a good one, 587! with a wrong one, 587- with none)."""
import re

from family.parts import said

WHY = "one wording, and the rows differ only in what nobody outside can see"


def scene(id, cause, where, texts, **more):
    at, _, port = where.partition("/")
    # speak.py writes the code before every line
    texts = [re.sub(r"^(\d{3})-", r"\1 ", t) for t in texts]
    port = port or "25"
    if "587" in port:
        login = {"587": "good", "587!": "wrong", "587-": None}[port]
        more = {"on": "587", **({"login": login} if login else {}), **more}
        out = said("words/" + id, cause, at, texts, **more)
        if not login:
            out.pop("login", None)
    else:
        out = said("words/" + id, cause, at, texts, **more)
    if not isinstance(cause, str):
        out.setdefault("why", WHY)
    return out


LOGIN_ROWS = [
    ("365-mailbox-off", "A05", "login/587", [
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox. Visit https://aka.ms/smtp_auth_disabled for more information. [FR2P281CA0102.DEUP281.PROD.OUTLOOK.COM 2025-03-04T10:11:12.345Z 08DD5A]",
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information. [AM0PR02CA0022.eurprd02.prod.outlook.com]"]),
    ("365-basic-gone", "A06", "login/587", [
        "550 5.7.30 Basic authentication is not supported for Client Submission. [VI1PR08CA0135.eurprd08.prod.outlook.com]",
        "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully. Contact your administrator. [LO4P123CA0501.GBRP123.PROD.OUTLOOK.COM]",
        "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy. Contact your administrator.",
        "535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [BN9PR03CA0071.namprd03.prod.outlook.com]"]),
    ("365-wrong", "A01", "login/587!", [
        "535 5.7.3 Authentication unsuccessful [MA1P287CA0012.INDP287.PROD.OUTLOOK.COM 2025-01-02T03:04:05.678Z 08DD2B]",
        "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect. [PR3P193CA0013.EURP193.PROD.OUTLOOK.COM]"]),
    ("app-password", "A03", "login/587!", [
        "535 5.7.0 NEOBHODIM parol prilozheniya https://help.mail.ru/mail/security/protection/external / Application password is REQUIRED",
        "535 Login Fail. Please enter your authorization code to login. More information in https://service.mail.qq.com/detail/0/53",
        "535 5.7.0 Incorrect username or password: you must use an app password, see https://www.fastmail.help/hc/en-us/articles/360058752854",
        "535 5.7.8 Error: authentication failed: please generate an app-specific password, two-step verification is on for this account",
        "534-5.7.9 Application-specific password required. For more information, go to\n https://support.google.com/mail/?p=InvalidSecondFactor ffacd0b85a97d-38f2590e4a8sm - gsmtp"]),
    ("wrong-password", "A01", "login/587!", [
        "535 Incorrect authentication data",
        "535 5.7.0 (#MBR1212) Incorrect username or password",
        "535 Authentication failed: Bad username / password",
        "535 Authentication Credentials Invalid",
        "535 5.7.8 Fehler: Anmeldung fehlgeschlagen, Benutzername oder Kennwort falsch",
        "535 5.7.8 Échec de l'authentification : identifiant ou mot de passe incorrect",
        "535 5.7.8 Ошибка: неверный логин или пароль"]),
    ("service-off-for-mailbox", ("A05", "A03"), "login/587", [
        "535 5.7.8 Error: authentication failed: This user does not have access rights to this service 1740000000-Qx4Lk2",
        "550 User has no permission",
        "535 5.7.8 SMTP access is disabled for this mailbox. Enable POP3/IMAP/SMTP access in the settings of your mailbox"]),
    ("too-many-logins", "A12", "login/587", [
        "454 4.7.0 Too many login attempts, please try again later. gsmtp",
        "535 5.7.0 (#AUTH005) Too many bad auth attempts.",
        "421 4.7.0 Too many authentication failures from your address, blocked for 30 minutes",
        "535 5.7.8 Zu viele fehlgeschlagene Anmeldeversuche, bitte versuchen Sie es in 15 Minuten erneut",
        "454 4.7.0 Trop de tentatives de connexion, réessayez plus tard",
        "535 Слишком много неудачных попыток входа, повторите позже"]),
    ("account-locked", ("A12", "A20"), "login/587", [
        "535 5.7.8 Account is locked. Please contact your administrator",
        "535 5.7.13 User account temporarily locked out after repeated failed logins",
        "535 5.7.139 Authentication unsuccessful, account has been locked. Contact your administrator."]),
    ("temp-auth", "A17", "login/587", [
        "454 4.7.0 Temporary authentication failure. [mail7:2025-05-06 07:08:09]",
        "454 4.7.0 Temporary authentication failure: Connection lost to authentication server",
        "454 Oops, unable to open child process and can't auth (#4.3.0)",
        "435 Unable to authenticate at present",
        "451 4.3.0 Authentication backend is not reachable, try again",
        "454 4.3.0 Временная ошибка аутентификации, попробуйте позже"]),
    ("account-suspended", ("A20", "L06"), "login/587", [
        "535 Authentication failed: account disabled",
        "535 5.7.1 Your account has been suspended, please contact support",
        "525 5.7.13 User Account Disabled",
        "550 5.7.0 Your SMTP account is not yet activated. Please contact us at contact@sendinblue.com to request activation"]),
    ("unauthorised-ip", ("A19", "A12"), "login/587", [
        "525 5.7.1 Unauthorized IP address {ip}",
        "535 5.7.8 Login from this IP address is not allowed for your account. Add {ip} to the list of authorized IPs"]),
    ("login-country", "R16", "login/587", ["535 5.7.1 Access from your country is not permitted by the account policy"]),
    ("auth-needs-tls", "A08", "auth/587", [
        "538 auth not available without TLS (#5.3.3)",
        "538 5.7.11 Encryption required for requested authentication mechanism",
        "530 5.7.0 Must issue a STARTTLS command first",
        "550 SMTP is available only with SSL or TLS connection enabled."],
     {"tls": "none", "profile": {"keywords": ["PIPELINING", "8BITMIME", "AUTH PLAIN LOGIN"]}, "more": ["--auth", "plain"]}),
]
OAUTH = [
    ("oauth-expired", "A11", "auth/587", [
        "535 5.7.3 Authentication unsuccessful, the token has expired",
        "535 5.7.8 Error: authentication failed: OAuth token expired or revoked",
        "535 5.7.139 Authentication unsuccessful, access token is missing the required scope SMTP.Send"]),
]
SENDER_ROWS = [
    ("not-owner", "A14", "mail/587", [
        "553 5.7.1 Sender address rejected: not owned by auth user.",
        "553 Mail from must equal authorized user",
        "501 mail from address must be same as authorization user",
        "550 5.7.1 <{sender}>: Sender address rejected: Sender is not same as SMTP authenticate username",
        "501 5.5.4 You are not allowed to send from this address.",
        "553 Relaying disallowed as {sender}",
        "550 5.7.0 From address is not one of your addresses",
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
        "553 5.7.1 Die Absenderadresse gehört nicht zu diesem Konto",
        "553 5.7.1 Adresse d'expéditeur non autorisée pour cet utilisateur",
        "553 5.7.1 Адрес отправителя не принадлежит авторизованному пользователю"]),
    ("send-as-denied", "A14", "final/587", [
        "554 5.2.252 SendAsDenied; {user} not allowed to send as {sender}; STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message due to a permanent exception",
        "551 5.7.1 Not authorised to send from this header address"]),
    ("unverified-identity", ("A20", "A14"), "final/587", [
        "554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: {sender}",
        "550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved. Visit https://sendgrid.com/docs/for-developers/sending-email/sender-identity/",
        "550 5.7.1 The 'From' address you supplied ({sender}) is not a Sender Signature on your account.",
        "550 5.7.1 Unconfigured Sending Domain <{sender_domain}>",
        "421 Domain {sender_domain} is not allowed to send: Free accounts are for test purposes only. Please upgrade or add the address to authorized recipients in Account Settings.",
        "550 5.7.1 Sandbox subdomains are for test purposes only. Please add your own domain"]),
    ("own-quota-day", "L05", "rcpt/587", [
        "550-5.4.5 Daily user sending limit exceeded. For more information on Gmail\n sending limits go to https://support.google.com/a/answer/166852 5b1f17b1804b1 - gsmtp",
        "550 Domain {sender_domain} has exceeded the max emails per hour (125/100 (125%)) allowed.  Message discarded.",
        "454 Throttling failure: Daily message quota exceeded.",
        "451 Authentication failed: Maximum credits exceeded",
        "450 4.7.1 <{rcpt}>: Recipient address rejected: Policy Rejection- Quota exceeded.",
        "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
        "550 Sie haben Ihr Limit von 500 Nachrichten pro Tag erreicht",
        "550 5.7.1 Vous avez dépassé votre quota d'envoi quotidien",
        "550 5.7.1 Превышен суточный лимит отправки писем"]),
    ("own-rate", ("L04", "L05"), "rcpt/587", [
        "454 Throttling failure: Maximum sending rate exceeded.",
        "451 Ratelimit exceeded for mailbox {sender}. Try again later.",
        "451 4.4.5 Rate limit exceeded, try again later.",
        "450 4.7.1 Error: too much mail from {sender}"]),
    ("own-blocked", "L06", "final/587", [
        "550 5.7.705 Access denied, tenant has exceeded threshold",
        "550 5.7.708 Access denied, traffic not accepted from this IP.",
        "550 5.1.8 Access denied, bad outbound sender AS(42003)",
        "550 5.4.6 Unusual sending activity detected. Please try after sometime.",
        "554 5.7.1 Your account has been blocked for sending spam, please change your password and contact support",
        "554 Message rejected: Sending suspended for this account. For more information, please check the inbox of the email address associated with your AWS account."]),
    ("sender-mx", ("S02", "D19"), "mail", [
        "511 sorry, can't find a valid MX for sender domain (#5.1.1 - chkuser)",
        "553 5.1.8 <{sender}>... Domain of sender address {sender} does not exist",
        "451 4.1.8 Domain of sender address {sender} does not resolve",
        "450 4.1.8 <{sender}>: Sender address rejected: Domain not found",
        "550 5.7.1 Le domaine de l'expéditeur n'existe pas",
        "550 Absenderdomain existiert nicht"], {"without": ["{own} MX", "{own} A"]}),
    ("sender-verify", "S03", "rcpt", [
        "550-Verification failed for <{sender}>\nNo Such User Here\nSender verify failed",
        "550-Callback setup failed while verifying <{sender}>\nThe initial connection, or a HELO or MAIL FROM:<> command was\nrejected. Refusing MAIL FROM:<> does not help fight spam, disregards\nRFC requirements, and stops you from receiving standard bounce\nmessages. This host does not accept mail from domains whose servers\nrefuse bounces.\nSender verify failed",
        "450 4.1.7 <{sender}>: Sender address rejected: unverified address: host mx.{sender_domain} said: 550 5.1.1 User unknown (in reply to RCPT TO command)",
        "550 5.1.7 <{sender}>: Sender address rejected: undeliverable address: User unknown"]),
    ("sender-unlisted", ("S03", "A14", "S20", "S01"), "rcpt", [
        "550 5.1.0 <{sender}>: Sender address rejected: User unknown in virtual mailbox table",
        "550 5.1.0 <{sender}>: Sender address rejected: User unknown in local recipient table"]),
    ("forged-own", ("S20", "A07", "A14"), "rcpt", [
        "554 5.7.1 <{rcpt}>: Recipient address rejected: SMTP AUTH is required, or it is a forged sender",
        "550 Rejected by header based Anti-Spoofing policy: {sender} - https://community.mimecast.com/docs/DOC-1369#550 [Jx8sPq]",
        "550 5.7.1 Anti-spoofing: mail from our own domain is accepted only from our own servers"]),
    ("not-logged-in", ("A07", "C08", "S05"), "rcpt/587-", [
        "550-Please turn on SMTP Authentication in your mail client.\n{helo} [{ip}]:50312 is not permitted to relay through this server without authentication.",
        "530 SMTP authentication is required.",
        "530 5.7.57 Client not authenticated to send mail. [DB9PR05CA0007.eurprd05.prod.outlook.com]",
        "503 5.5.1 You must authenticate first.",
        "530 5.5.1 Invalid command: Must issue an AUTH command first",
        "550 Unauthenticated senders not allowed",
        "502 5.7.0 Please authenticate first",
        "530-5.5.1 Authentication Required. For more information, go to\n https://support.google.com/mail/?p=WantAuthError - gsmtp",
        "530 5.7.0 Bitte melden Sie sich zuerst an (Authentifizierung erforderlich)",
        "530 5.7.0 Authentification requise",
        "530 5.7.0 Требуется авторизация"]),
    ("relay-ip-list", "A19", "mail", [
        "550 5.7.64 TenantAttribution; Relay Access Denied [VE1EUR03FT012.eop-EUR03.prod.protection.outlook.com]",
        "550-5.7.1 Invalid credentials for relay [{ip}]. The IP address you've\nregistered in your G Suite SMTP Relay service doesn't match the domain of\nthe account this email is being sent from. If you are trying to relay\nmail from a domain that isn't registered under your G Suite account\nor has empty envelope-from:, you must configure your mail server\neither to use SMTP AUTH to identify the sending domain or to present\none of your domain names in the HELO or EHLO command. gsmtp"]),
]
RECIPIENT_ROWS = [
    ("unknown-user", "S08", "rcpt", [
        "550 5.4.1 Recipient address rejected: Access denied. [AM7EUR06FT047.eop-eur06.prod.protection.outlook.com 2025-06-07T08:09:10.111Z 08DDA5]",
        "554 delivery error: dd This user doesn't have a {domain} account ({rcpt}) [0] - mta4012.mail.bf1.yahoo.com",
        "552 1 Requested mail action aborted, mailbox not found",
        "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR204_418 [418]",
        "550 5.7.1 No such user!",
        "554 sorry, no mailbox here by that name. (#5.7.17)",
        "511 sorry, no mailbox here by that name (#5.1.1 - chkuser)",
        "550 #5.1.0 Address rejected.",
        "550 <{rcpt}>, Recipient unknown",
        "550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [kZ3]",
        "550-\"The mail server could not deliver mail to {rcpt}.  The account or domain may not exist, they may be blacklisted, or missing the proper dns entries.\"",
        "550 5.1.2 Mailbox does not exist.",
        "550 User not found: {rcpt}",
        "550 Benutzer unbekannt",
        "550 5.1.1 Der Empfänger existiert hier nicht",
        "550 5.1.1 El usuario no existe en este servidor",
        "550 5.1.1 Utente sconosciuto",
        "550 Nie ma takiego użytkownika",
        "550 5.1.1 Destinatário inexistente",
        "550 Пользователь не найден",
        "550 5.1.1 Gebruiker bestaat niet",
        "550 Invalid recipient: <{rcpt}>"]),
    ("disabled", "S10", "rcpt", [
        "550-5.2.1 The email account that you tried to reach is inactive. For more\n information, go to https://support.google.com/mail/?p=DisabledUser - gsmtp",
        "550 5.2.1 This mailbox has been blocked due to inactivity",
        "550 Message was not accepted -- invalid mailbox. Local mailbox {rcpt} is unavailable: account is disabled",
        "554 5.7.1 <{rcpt}>: Recipient address rejected: mailbox suspended, account not paid",
        "551 5.1.6 Recipient has moved, please try <new.{rcpt}>",
        "550 5.2.1 Das Postfach wurde deaktiviert",
        "550 5.2.1 Почтовый ящик заблокирован за неиспользование"]),
    ("full", "S11", "rcpt", [
        "452-4.2.2 The recipient's inbox is out of storage space. Please direct the\nrecipient to\n https://support.google.com/mail/?p=OverQuotaTemp - gsmtp",
        "552 5.2.2 Boîte aux lettres pleine. OFR_417 [417]",
        "552 Casella piena",
        "552 5.2.2 Buzón lleno",
        "550 Das Postfach des Empfängers ist voll",
        "452 4.2.2 Почтовый ящик переполнен",
        "422 The recipient's mailbox has exceeded its storage limit",
        "550 5.7.1 {rcpt}: user is over quota, 1024 MB of 1000 MB used"]),
    ("recipient-rate", "S13", "rcpt", [
        "451 4.5.1 The recipient <{rcpt}> has exceeded their message rate limit. Try again later.",
        "450-4.2.1 The user you are trying to contact is receiving mail at a rate that\nprevents additional messages from being delivered. Please resend your\nmessage at a later time. If the user is able to receive mail at that\ntime, your message will be delivered. gsmtp"]),
    ("restricted", "S17", "rcpt", [
        "550 5.7.124 RESOLVER.RST.SenderNotInAllowedSendersList; sender not in the allowed-senders list",
        "550 5.7.1 You are not allowed to post to this mailing list, members only",
        "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed because the sender was not authenticated when sending to this group"]),
    ("relay-denied", ("S05", "S07"), "rcpt", [
        "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
        "550 5.7.1 Unable to relay for {rcpt}",
        "554 5.7.1 <{rcpt}>: Relay access denied",
        "550 5.7.1 <{rcpt}>... Relaying denied. IP name lookup failed [{ip}]",
        "550 I cannot deliver mail for {rcpt}",
        "550 Delivery is not allowed to this address.",
        "550 relay not permitted",
        "554 5.7.1 Weiterleitung nicht erlaubt",
        "550 5.7.1 Relais interdit",
        "554 5.7.1 Пересылка запрещена"]),
    ("too-many-rcpts", "S14", "rcpt", [
        "452 4.5.3 Too many recipients",
        "452 too many recipients received this transaction",
        "550 5.5.3 RESOLVER.ADR.RecipLimit; too many recipients",
        "452 4.5.3 Zu viele Empfänger"], {"when": {"rcpts_over": 1}, "to": ["{to}", "{to2}", "{to3}"]}),
    ("exim-all-refused", "S08", "rcpt", ["550 No such user here", "550 unknown user", "550 Unrouteable address"],
     {"profile_rules": [{"at": "data", "say": "503-All RCPT commands were rejected with this error:\nNo such user here\nValid RCPT command must precede DATA"}]}),
]
LATER_ROWS = [
    ("greylist", "L01", "rcpt", [
        "451 4.7.1 Greylisting in action, please come back later",
        "452 4.2.2 Greylisted, please try again in a few moments.",
        "451 4.7.1 <{rcpt}>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/{domain}.html",
        "450 4.7.0 First time sender, delayed; please retry in 5 minutes",
        "451 Bitte versuchen Sie es in 5 Minuten erneut (Greylisting)",
        "450 Попробуйте позже, серый список",
        "451 4.7.1 You have been tempfailed for 300s: unknown triplet",
        "451 <{sender}> is not yet authorized to deliver mail from {ip} to <{rcpt}>. Please try later.",
        "451 Greylisting enabled, try again in 15 minutes",
        "421 4.7.0 Graylisted, retry later",
        "450 4.7.1 Adresse mise en liste grise, veuillez réessayer dans 300 secondes",
        "451 DEFER: we have not seen you before, come back in 10 minutes"]),
    ("greylist-without-the-word", ("L01", "L07"), "rcpt", [
        "451 4.7.1 <{rcpt}>: Recipient address rejected: Intentional policy rejection, please try again later",
        "451 Internal resources are temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451 [x2Lp]",
        "451 Please try again later.",
        "450 4.3.2 Service currently unavailable",
        "451 4.7.1 Try again later"]),
    ("connections", "L03", "connect", [
        "421 mwinf5c77 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR004_104 [104]",
        "421 too many concurrent SMTP connections; please try again later.",
        "421 #4.4.5 Too many connections from your host.",
        "421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing transmission channel",
        "421 4.7.0 {host} Error: too many connections from {ip}",
        "421 Too many concurrent connections from this host",
        "554 {host} cox too many sessions from {ip}",
        "421 Zu viele gleichzeitige Verbindungen von {ip}",
        "421 Слишком много соединений с вашего адреса"]),
    ("365-concurrent", "L03", "mail/587", ["432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information. [AS4P190CA0066.EURP190.PROD.OUTLOOK.COM]"]),
    ("ip-rate", ("L04", "L09"), "mail", [
        "550 Connection frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000722",
        "550 Ip frequency limited [sTxqC4]. http://service.mail.qq.com",
        "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your SPF domain [{sender_domain}]. To protect our users from spam, mail sent from your domain has been temporarily rate limited. - gsmtp",
        "451 4.7.500 Server busy. Please try again later from [{ip}]. (S77719) [HE1EUR01FT062.eop-EUR01.prod.protection.outlook.com]",
        "452 Too many recipients received this hour",
        "421 4.7.1 Message rate exceeded for your address, 100 per hour",
        "554 RL000003 Sending server {ip} is rate limited",
        "451 4.7.1 Ratelimit: слишком много писем с вашего адреса",
        "421 RP-001 (BL2) Unfortunately, some messages from {ip} weren't sent. Please try again. We have limits for how many messages can be sent per hour and per day."]),
    ("receiver-busy", "L07", "rcpt", [
        "451 Temporary local problem - please try later",
        "452 4.3.1 Insufficient system resources (UsedVersionBuckets[D:\\Queue])",
        "451 4.3.0 <{rcpt}>: Temporary lookup failure",
        "451 4.3.5 Server configuration error",
        "452 4.4.5 Insufficient disk space; try again later",
        "451 qq temporary problem (#4.3.0)",
        "451 4.7.1 Sorry, the service is currently unavailable. Please come back later.",
        "451-4.3.0 Mail server temporarily rejected message. For more information, go to\n https://support.google.com/a/answer/3221692 - gsmtp",
        "421 Unexpected failure, please try later",
        "451 4.3.0 Der Server ist überlastet, bitte später erneut versuchen",
        "451 4.3.2 Serveur surchargé, réessayez plus tard",
        "451 4.3.2 Сервер перегружен, попробуйте позже"]),
    ("receiver-dns", ("L08", "P12"), "mail", [
        "451 4.4.3 DNS lookup of the sender domain timed out",
        "451 4.7.24 The SPF record of {sender_domain} could not be evaluated: temporary DNS error (SERVFAIL)",
        "451 could not resolve sender domain right now (temporary DNS failure)"]),
    ("421-data", "L07", "data", ["421 4.3.0 Temporary System Problem.  Try again later (WS).", "421 4.3.2 System going down for maintenance", "451 4.3.0 Error: queue file write error"]),
    ("421-final", "L07", "final", ["421 4.3.2 Service shutting down, closing transmission channel", "451 4.3.0 Message not accepted: queue file write error", "452 4.3.1 Insufficient system storage"]),
    ("421-mail", "L07", "mail", ["421 4.3.2 {host} System not accepting network messages", "421 {host} Service not available, closing transmission channel"]),
    ("421-ehlo", ("L07", "G02"), "ehlo", ["421 4.3.2 {host} Service not available, server is shutting down", "421 4.3.1 {host} out of memory, try again later"]),
]
IDENTITY_ROWS = [
    ("no-ptr", ("P01", "P03"), "rcpt", [
        "554 5.7.1 <unknown[{ip}]>: Client host rejected: cannot find your reverse hostname, [{ip}]",
        "450 4.7.25 Client host rejected: cannot find your reverse hostname, [{ip}]",
        "550-5.7.25 [{ip}] The IP address sending this message does not have a PTR\nrecord setup, or the corresponding forward DNS entry does not match the\nsending IP. As a policy, Gmail does not accept messages from IPs with\nmissing PTR records. - gsmtp",
        "550 5.7.1 Fix reverse DNS for {ip}",
        "550 Please setup reverse DNS for {ip}",
        "550 5.7.25 Kein Reverse-DNS-Eintrag für {ip} vorhanden",
        "550 5.7.25 Нет обратной записи (PTR) для {ip}"], {"no_ptr": True, "ground": "net"}),
    ("gmx-ptr", ("P01", "P03"), "connect", [
        "554-kundenserver.de (mxeue109) Nemesis ESMTP Service not available\nNo SMTP service\nBad DNS PTR resource record.\nFor explanation visit https://postmaster.1und1.de/en/case?c=r0103&i=ip&v={ip}&r=1M"], {"no_ptr": True, "ground": "net"}),
    ("helo", ("G10", "G11", "G13"), "rcpt", [
        "504 5.5.2 <{helo}>: Helo command rejected: need fully-qualified hostname",
        "550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)",
        "550 5.5.0 Invalid EHLO domain.",
        "550 5.7.1 <{helo}>: Helo command rejected: Host not found",
        "554 5.7.1 Your HELO name is not acceptable here",
        "550 5.7.1 Ungültiger HELO-Name",
        "550 5.7.1 Nom HELO invalide",
        "550 5.7.1 Неверное имя в HELO"], {"ehlo": "ubuntu"}),
    ("helo-now", ("G10", "G11", "G13"), "ehlo", [
        "501 5.5.4 HELO/EHLO argument \"{helo}\" invalid, closing connection.",
        "501 5.5.4 Invalid domain name",
        "550 Invalid EHLO/HELO FQDN host"], {"ehlo": "localhost"}),
    ("listed", "P05", "rcpt", [
        "550 5.7.1 Service unavailable, Client host [{ip}] blocked using Spamhaus. To request removal from this list see https://www.spamhaus.org/query/ip/{ip} (AS3130). [DB5EUR01FT031.eop-EUR01.prod.protection.outlook.com]",
        "550 \"JunkMail rejected - {helo} [{ip}]:44012 is in an RBL: https://www.spamhaus.org/query/ip/{ip}\"",
        "554 5.7.1 Service unavailable; Client host [{ip}] blocked using bl.spamcop.net; Blocked - see https://www.spamcop.net/bl.shtml?{ip}",
        "550 5.7.1 Rejected: {ip} listed at zen.spamhaus.org",
        "550 Ihre IP {ip} steht auf der Blacklist ix.dnsbl.manitu.net",
        "550 {ip} en liste noire chez b.barracudacentral.org",
        "550 {ip} в черном списке bl.blocklist.de"]),
    ("listed-query-refused", "P07", "rcpt", [
        "554 5.7.1 Service unavailable; Client host [{ip}] blocked using zen.spamhaus.org; Error: open resolver; https://www.spamhaus.org/returnc/pub/172.253.12.3",
        "550 5.7.1 {ip} blocked using dbl.spamhaus.org: query limit exceeded, https://www.spamhaus.org/returnc/vol/"]),
    ("own-list", ("P05", "P29", "P04"), "connect", [
        "554-gmx.net (mxgmx115) Nemesis ESMTP Service not available\nNo SMTP service\nIP address is black listed.\nFor explanation visit https://postmaster.gmx.net/en/error-messages?ip={ip}&c=bl",
        "554 IP={ip} - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.)",
        "553 5.3.0 alph765 DNSBL:RBL 521< {ip} >_is_blocked.For assistance forward this error to abuse_rbl@abuse-att.net"]),
    ("brand", ("P29", "P05"), "connect", [
        "554-{host}\nYour access to this mail system has been rejected due to the sending MTA's poor reputation. If you believe that this failure is in error, please contact the intended recipient via alternate means.",
        "554 Blocked - see https://ipcheck.proofpoint.com/?ip={ip}",
        "501 Connection rejected by policy [7.7] 9213, please visit www.messagelabs.com/support for more details about this error message.",
        "554 resimta-po-11v.sys.comcast.net comcast {ip} Comcast BL000000 Blocked for spam. Please see http://postmaster.comcast.net/smtp-error-codes.php#BL000000",
        "554 5.7.1 Service unavailable; Client host [{ip}] blocked using Trend Micro Email Reputation Service. Please see https://www.ers.trendmicro.com/reputations/index?ip_address={ip}"]),
    ("brand-rcpt", ("P29", "P05"), "rcpt", [
        "550 csi.mimecast.org Poor Reputation Sender. - https://community.mimecast.com/docs/DOC-1369#550",
        "550 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137",
        "550 5.7.0 Your server IP address is in the Cloudmark Sender Intelligence blocklist, see https://csi.cloudmark.com/reset-request/?ip={ip}",
        "550 permanent failure for one or more recipients ({rcpt}:blocked) - Barracuda"]),
    ("microsoft", ("P25", "P26"), "mail", [
        "550 5.7.1 Unfortunately, messages from [{ip}] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150). You can also refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors.",
        "550 5.7.606 Access denied, banned sending IP [{ip}]. To request removal from this list please visit https://sender.office.com/ and follow the directions.",
        "550 5.7.511 Access denied, banned sender[{ip}]. To request removal from this list please forward this message to delist@messaging.microsoft.com. (AS1430)"]),
    ("yahoo", ("P27", "L09"), "mail", [
        "421 4.7.0 [TSS04] Messages from {ip} temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes",
        "553 5.7.2 [TSS11] All messages from {ip} will be permanently deferred; Retrying will NOT succeed. See https://postmaster.yahooinc.com/error-codes"]),
    ("google-reputation", ("P28", "L09", "L04"), "final", [
        "550-5.7.1 [{ip}      19] Gmail has detected that this message is\nlikely suspicious due to the very low reputation of the sending IP address.\nTo best protect our users from spam, the message has been blocked. - gsmtp",
        "421-4.7.0 [{ip}      15] Our system has detected that this message is suspicious due to the very low reputation of the sending domain. - gsmtp"]),
    ("spf", "P10", "mail", [
        "550 SPF: {ip} is not allowed to send mail from {sender_domain}: Please see http://www.open-spf.org/Why",
        "550 5.7.23 <{rcpt}>: Recipient address rejected: Message rejected due to: SPF fail - not authorized. Please see http://www.openspf.net/Why?s=mfrom;id={sender};ip={ip}",
        "550 Failed SPF",
        "550 5.7.27 SPF-Prüfung fehlgeschlagen: {ip} darf nicht für {sender_domain} senden",
        "550 5.7.27 Échec SPF : {ip} n'est pas autorisé",
        "550 5.7.27 Проверка SPF не пройдена"], {"records": ["{own} TXT v=spf1 ip4:192.0.2.7 -all"], "ground": "net"}),
    ("dmarc", ("P20", "P19", "P21", "P14", "P10"), "final", [
        "550 5.7.509 Access denied, sending domain {sender_domain} does not pass DMARC verification and has a DMARC policy of reject. [HE1PR0501MB2345]",
        "550 5.7.1 Unauthenticated email from {sender_domain} is not accepted due to domain's DMARC policy. Please contact the administrator of {sender_domain} domain",
        "550 5.7.515 Access denied, sending domain {sender_domain} doesn't meet the required authentication level. Your sender's domain in the 5322.From address doesn't meet the authentication requirements defined for the sender.",
        "550 5.7.1 Отклонено политикой DMARC домена {sender_domain}"], {"records": ["_dmarc.{own} TXT v=DMARC1; p=reject"], "ground": "net"}),
    ("dkim-bad", ("P16", "P15", "P17", "P14"), "final", [
        "550 5.7.20 DKIM signature verification failed",
        "554 5.7.5 Message rejected: DKIM signature does not verify"]),
    ("new-domain", "P23", "mail", [
        "550 5.7.1 Mail from newly registered domains is not accepted, {sender_domain} was registered less than 30 days ago",
        "554 5.7.1 Sender domain {sender_domain} is too new, listed in zero reputation domains (zrd)"]),
    ("complaints", "P31", "mail", [
        "550 5.7.1 Your messages generate too many user complaints, see our postmaster page",
        "421 4.7.0 Deferred because of a high complaint rate of {sender_domain}"]),
    ("traps", "P32", "mail", [
        "550 5.7.1 Too many messages to spam traps from {ip}, clean your list",
        "550 5.7.1 Your IP {ip} is blocked for sending to too many invalid recipients (directory harvest)"]),
    ("open-relay", "P34", "connect", [
        "554 5.7.1 Your host {ip} is an open relay and has been blocked",
        "550 {ip} is listed as an open proxy, fix it and request removal"]),
    ("allow-list", "P38", "connect", [
        "554 5.7.1 This gateway accepts mail only from registered partner hosts",
        "550 5.7.1 Sender host {ip} is not on our whitelist, contact the administrator to be added"]),
    ("unsubscribe", "P30", "final", ["550 5.7.1 Bulk mail without a one-click unsubscribe header (RFC 8058) is not accepted", "550 5.7.1 Message rejected: List-Unsubscribe header is missing in bulk message"]),
    ("tls-wanted", ("T23", "A08"), "mail", [
        "530 #5.7.0 Must issue a STARTTLS command first",
        "530 5.5.1 Invalid command: Must issue a STARTTLS command first",
        "550-5.7.29 TLS required for RCPT domain, closing connection. For more information, go to\n https://support.google.com/mail/answer/6140680#tls_required - gsmtp",
        "550 5.7.10 Encryption needed",
        "530 5.7.0 Es wird eine verschlüsselte Verbindung verlangt"], {"tls": "none"}),
    ("sync", "G04", "connect", ["554 SMTP synchronization error", "521 5.5.1 Protocol error", "550 5.5.1 Protocol error: you spoke before the greeting"]),
]
DATA_ROWS = [
    ("too-big", "B05", "final", [
        "552 Message size exceeds maximum permitted",
        "552 sorry, that message size exceeds my databytes limit (#5.3.4)",
        "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient",
        "552 #5.3.4 message size exceeds limit",
        "552-5.3.4 Your message exceeded Google's message size limits. Please visit\n https://support.google.com/mail/?p=MaxSizeError to view our size guidelines. - gsmtp",
        "552 5.3.4 Die Nachricht ist zu groß",
        "552 5.3.4 Message trop volumineux",
        "552 5.3.4 Размер письма превышает допустимый",
        "552 5.3.4 El mensaje excede el tamaño máximo"], {"size": 300000}),
    ("bare-lf", "B08", "final", [
        "451 See http://pobox.com/~djb/docs/smtplf.html.",
        "521 5.5.2 {host} Error: bare <LF> received",
        "550 5.6.11 SMTPSEND.BareLinefeedsAreIllegal; message contains bare linefeeds, which cannot be sent via DATA",
        "554 5.6.0 Message contains bare newlines"]),
    ("long-line", "B07", "final", [
        "550 maximum allowed line length is 998 octets, got 1432",
        "500 5.5.2 Line too long",
        "554 5.6.0 Line limit of 1000 characters exceeded in the message"]),
    ("headers", "B11", "final", [
        "550-5.7.1 [{ip}] Messages missing a valid Message-ID header are not\naccepted. For more information, please visit\n https://support.google.com/mail/?p=RfcMessageNonCompliant - gsmtp",
        "550 5.7.1 Messages with multiple addresses in From: header are not accepted.",
        "550-5.7.1 This message is not RFC 5322 compliant. There are multiple From headers. To reduce the amount of spam sent to Gmail, this message has been blocked. - gsmtp",
        "550 5.7.1 Message is not RFC 2822 compliant: missing Date header",
        "550 5.6.0 Kopfzeile Date fehlt",
        "550 5.6.0 В письме нет заголовка From"]),
    ("eight-bit", "B09", "final", [
        "554 5.6.1 Eight bit data not allowed",
        "550 5.6.1 Message contains raw 8-bit data, 8BITMIME was not declared",
        "554 5.6.3 Conversion required but not supported: 8-bit body"]),
    ("corrupt", "B10", "final", [
        "554 5.6.0 Corrupt message content",
        "550 5.6.0 CAT.InvalidContent.Exception: PropertyValidationException; cannot handle content of message with invalid MIME structure",
        "554 5.6.0 Malformed MIME: missing closing boundary",
        "550 5.6.0 Message contains NUL characters"]),
    ("attachment", "B16", "final", [
        "552-5.7.0 This message was blocked because its content presents a potential\nsecurity issue. Please visit\n https://support.google.com/mail/?p=BlockedMessage to review our\nmessage content and attachment content guidelines. - gsmtp",
        "554 5.7.0 Reject, id=18231-07 - BANNED: .exe,.exe-ms,setup.exe",
        "550 Executable content not allowed, zip it with a password",
        "554 5.7.1 Attachment type .docm is blocked by policy",
        "550 5.7.1 Dateianhang nicht erlaubt (.iso)",
        "550 5.7.1 Pièce jointe interdite : .js",
        "550 5.7.1 Запрещенный тип вложения .bat"], {"size": 3000}),
    ("virus", "B17", "final", [
        "554 5.7.1 virus Eicar-Signature detected by ClamAV - http://www.clamav.net",
        "550 5.7.1 id=11231-03 INFECTED: Win.Test.EICAR_HDB-1",
        "554 5.7.1 Im Anhang wurde ein Virus gefunden (Trojan.Agent)",
        "550 5.7.1 Обнаружен вирус HEUR:Trojan.Script",
        "550 This message contains malware (Doc.Dropper.Agent)"]),
    ("spam", "B18", "final", [
        "550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=abcdef or report details to abuse@corp.mail.ru. Error code: 1A2B. ID: 00000000.",
        "554 5.7.1 [1] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc 1740000000-Abc",
        "550 This message was classified as SPAM and may not be delivered",
        "554 5.7.1 Spam message rejected",
        "553 Message filtered. Refer to the Troubleshooting page at http://www.symanteccloud.com/troubleshooting for more information. (#5.7.1)",
        "554 rejected due to spam content",
        "554 DT:SPM 163 smtp8,DMCowAB3xyz 1740000000",
        "550 Mail content denied. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000726",
        "550 5.7.1 Message rejected because of unacceptable content. For help, please quote incident ID 2201",
        "550 High probability of spam",
        "554 5.7.1 Nachricht als Spam abgelehnt (Score 14.2)",
        "550 5.7.1 Message refusé car considéré comme indésirable",
        "550 5.7.1 Письмо отклонено как спам"]),
    ("bad-url", ("B19", "P09"), "final", [
        "554 rejected due to spam URL in content",
        "550 5.7.1 Message contains a URL listed by dbl.spamhaus.org",
        "554 5.7.1 Blocked: link in message points to a domain listed in SURBL (see https://www.surbl.org/surbl-analysis)"]),
    ("hops", ("N01", "B13"), "final", [
        "554 5.4.14 Hop count exceeded - possible mail loop ATTR34 [AM0EUR02FT016]",
        "554 5.4.0 Error: too many hops",
        "554 Too many hops 26 (25 max): from {sender} via {helo}",
        "550 5.4.6 Schleife erkannt: zu viele Received-Zeilen"]),
]


def rows():
    for id, cause, where, texts, *rest in LOGIN_ROWS + SENDER_ROWS + RECIPIENT_ROWS + LATER_ROWS + IDENTITY_ROWS + DATA_ROWS:
        more = dict(rest[0]) if rest else {}
        extra = more.pop("profile_rules", [])
        out = scene(id, cause, where, texts, **more)
        for ports in out["servers"].values():
            for profile in ports.values():
                profile["rules"] = profile["rules"] + extra
        yield out
    for id, cause, _, texts in OAUTH:
        yield {"id": "words/" + id, "cause": cause, "ask": "send", "texts": texts, "login": "token-" + id, "more": ["--auth", "xoauth2"],
               "servers": {"mx": {"587": {"starttls": {}, "keywords": ["STARTTLS", "8BITMIME", "AUTH XOAUTH2 OAUTHBEARER"],
                                          "auth": {"mechs": ["XOAUTH2", "OAUTHBEARER"], "fail": "{refusal}",
                                                   "oauth_error": '{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}'}}}}}


SCENES = list(rows())
