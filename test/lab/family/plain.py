# SPDX-License-Identifier: MIT
"""Refusals in plain words, as administrators write them themselves, and in other languages. Rows as in words.py."""
from family.words import scene

MORE = {
    "P01": {"ground": "net", "no_ptr": True},
    "P02": {"ground": "net", "no_ptr": True},
    "G10": {"ehlo": "ubuntu"},
    "P10": {"records": ["{own} TXT v=spf1 ip4:192.0.2.7 -all"], "ground": "net"},
    "P20": {"records": ["_dmarc.{own} TXT v=DMARC1; p=reject"], "ground": "net"},
    "S02": {"without": ["{own} MX", "{own} A"]},
    "T23": {"tls": "none"},
}
ROWS = [
    ("A05", "login/587", [
        "535 5.7.139 Authentication unsuccessful, SMTP client authentication is turned off for this mailbox",
        "535 SMTP access not enabled for user",
        "550 5.7.1 SMTP-Versand ist für dieses Postfach nicht freigeschaltet",
        "535 5.7.1 SMTP service is disabled for this domain"]),
    ("A06", "login/587", [
        "535 5.7.139 Authentication unsuccessful, Conditional Access policy blocked this sign-in",
        "535 5.7.0 Password authentication is no longer supported, use OAuth 2.0",
        "535 5.7.3 Basic auth has been turned off for this organization"]),
    ("A01", "login/587!", [
        "535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6",
        "535 #5.7.0 Authentication failed",
        "535 5.7.8 Identifiants invalides",
        "535 5.7.8 Ongeldige gebruikersnaam of wachtwoord",
        "535 Error: autenticacion fallida, contraseña incorrecta",
        "535 5.7.8 Authentication failed: invalid user or password (srv-mail-02)",
        "535 Login incorrect",
        "535 5.7.8 Niepoprawne dane logowania",
        "535 5.7.8 Credenziali non valide",
        "535 authorization failed (#5.7.0)",
        "501 5.7.8 bad credentials"]),
    ("A03", "login/587!", [
        "535 5.7.8 Please log in with an app password: two-factor authentication is enabled",
        "535 5.7.0 Authentifizierung fehlgeschlagen, bitte verwenden Sie ein App-Passwort",
        "535 5.7.8 Используйте пароль приложения",
        "535 5.7.8 MFA is enabled for this account; create an application specific password in the control panel"]),
    ("A12", "login/587", [
        "421 4.7.0 Temporarily blocked because of failed authentications",
        "535 5.7.8 Account temporarily locked due to too many invalid password attempts",
        "454 4.7.0 Login rate limit reached",
        "535 5.7.8 Too many failures, try again in 10 minutes",
        "421 4.7.0 Your IP has been banned for repeated authentication failures"]),
    ("A17", "login/587", [
        "454 4.3.0 LDAP server unavailable",
        "454 4.7.0 Временная ошибка авторизации",
        "454 4.7.0 Authentication server timed out",
        "451 4.7.0 Cannot reach the user database at the moment"]),
    ("A20/L06", "login/587", [
        "535 5.7.8 Tenant suspended: contact billing",
        "535 5.7.0 Subscription expired, sending is disabled"]),
    ("A14", "mail/587", [
        "553 5.7.1 You may not use this sender address",
        "550 5.7.1 Sender is not allowed for this user",
        "550 Sender address must match authenticated user",
        "553 5.7.1 Absender nicht erlaubt für diesen Benutzer",
        "550 5.7.1 Access denied: you can only send from your own address",
        "550 5.7.1 Envelope sender does not match authenticated account"]),
    ("A14", "rcpt/587", [
        "550 5.7.1 No tiene permiso para enviar con el remitente indicado"]),
    ("A20/A14", "final/587", [
        "554 5.7.1 Domain example is not verified, please verify your sending domain",
        "550 5.7.1 The sending domain has not been authorized on your account"]),
    ("A20/A14", "mail/587", [
        "550 5.7.1 Sender identity not confirmed"]),
    ("L05", "rcpt/587", [
        "452 4.5.3 You have reached your hourly sending limit",
        "550 5.7.1 Daily SMTP relay limit exceeded for customer",
        "550 Stundenlimit für ausgehende E-Mails überschritten",
        "550 5.7.1 Ha alcanzado el límite de envío por hora",
        "450 4.7.1 Превышено количество писем в час",
        "451 4.7.1 Hourly quota of 200 messages reached, retry next hour",
        "550 5.4.5 Limite quotidienne d'envoi atteinte",
        "554 5.7.1 You have exceeded your monthly plan limit"]),
    ("L06", "final/587", [
        "550 5.7.1 Outgoing mail from your account is suspended because spam was detected"]),
    ("L06/P33", "mail/587", [
        "554 5.7.1 Your mailbox was locked because it appears to be compromised",
        "550 5.7.1 Account temporarily blocked due to suspicious outgoing mail"]),
    ("S02/D19", "mail", [
        "550 5.1.8 Sender domain has neither MX nor A record",
        "450 4.1.8 cannot resolve the domain of the sender",
        "553 5.1.8 Your domain does not exist in DNS",
        "550 Le domaine expéditeur est introuvable"]),
    ("S03", "rcpt", [
        "550 Sender verification failed: the sender address does not exist",
        "451 Could not complete sender verify callout",
        "550 5.1.7 Callback to your server to verify the sender was rejected"]),
    ("S20/A14/A07", "rcpt", [
        "550 5.7.1 Internal domain used from an external host",
        "550 5.7.1 Spoofed sender: this is our own domain",
        "550 5.7.1 Vous ne pouvez pas utiliser notre domaine sans authentification"]),
    ("S20/A14/A07", "mail", [
        "553 5.7.1 You must log in to send from a local address"]),
    ("A07/C08", "mail/587-", [
        "530 5.7.1 Authentication is required to submit mail",
        "503 5.7.0 Error: authenticate before MAIL",
        "530 Необходимо авторизоваться",
        "530 Authentication needed",
        "530 5.7.0 Autenticazione richiesta",
        "530 5.7.1 Autenticação necessária"]),
    ("A07/C08", "rcpt/587-", [
        "550 5.7.1 Veuillez vous authentifier avant d'envoyer"]),
    ("S08", "rcpt", [
        "550 5.1.1 No existe el buzón",
        "550 5.1.1 Mailbox nicht vorhanden",
        "550 5.1.1 Neznámý příjemce",
        "550 5.1.1 Alıcı bulunamadı",
        "550 5.1.1 Casilla inexistente",
        "550 5.1.1 Ящика с таким именем нет",
        "550 no valid mailbox for this address",
        "550 5.1.1 account not found",
        "553 5.3.0 No such user here",
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        "550 5.0.1 Recipient rejected: unknown address",
        "550 5.1.1 recipient does not exist here",
        "550 5.1.1 Destinataire inconnu",
        "550 Nieznany odbiorca",
        "550 5.1.1 Onbekende ontvanger",
        "550 5.1.1 Okänd mottagare",
        "550 5.1.1 Vastaanottajaa ei ole",
        "550 5.1.1 Ismeretlen címzett",
        "550 该邮箱不存在",
        "550 ユーザが存在しません",
        "550 5.1.1 We have no mailbox called that",
        "550 5.1.1 Addressee unknown"]),
    ("S10", "rcpt", [
        "550 5.2.1 Account disabled by administrator",
        "554 5.2.1 Compte désactivé",
        "550 5.2.1 This account is no longer active",
        "550 5.2.1 Учетная запись отключена",
        "550 5.2.1 Mailbox temporarily disabled",
        "550 5.2.1 La cuenta está desactivada",
        "550 5.2.1 Der Empfänger hat das Unternehmen verlassen"]),
    ("S11", "rcpt", [
        "552 5.2.2 Mailbox quota exceeded for this recipient",
        "452 4.2.2 Postfach voll",
        "552 5.2.2 Skrzynka przepełniona",
        "552 5.2.2 Caixa postal cheia",
        "552 5.2.2 La boîte du destinataire a dépassé son quota",
        "452 4.2.2 user has too many messages on the server",
        "552 5.2.2 Casilla llena",
        "552 5.2.2 Postvak vol",
        "452 4.2.2 邮箱空间已满",
        "552 5.2.2 not enough storage in the mailbox"]),
    ("S13", "rcpt", [
        "450 4.2.1 This mailbox receives too many messages right now"]),
    ("S17", "rcpt", [
        "550 5.7.1 Only members of the list may write to it",
        "550 5.7.1 Diese Verteilerliste nimmt nur interne Nachrichten an",
        "550 5.7.1 This group only accepts messages from people in the organization",
        "550 5.7.1 Liste réservée aux membres"]),
    ("S05/S07", "rcpt", [
        "550 5.7.1 We do not relay",
        "551 5.7.1 This server does not handle mail for that domain",
        "550 5.7.1 No se permite el reenvío (relay)",
        "550 5.7.1 Relay non consentito",
        "554 5.7.1 Релей запрещён",
        "550 5.7.1 relaying to external domains prohibited",
        "554 Relay abgelehnt",
        "550 This host is not configured as a relay for you"]),
    ("L01", "rcpt", [
        "451 4.7.1 Greylisted: wait 5 minutes",
        "450 4.7.1 New sender, please try again in 300 seconds",
        "451 4.7.0 Temporary greylisting, retry after 120 s",
        "451 Sie wurden vorübergehend abgewiesen (graue Liste)",
        "451 4.7.1 Временно отклонено: грейлистинг",
        "450 4.7.1 Tu mensaje está en lista gris",
        "451 4.7.1 Please retry: this is your first attempt",
        "450 4.2.0 Greylisting active, 240 seconds remaining",
        "451 4.7.1 Message temporarily delayed by greylist policy"]),
    ("L03", "connect", [
        "421 4.7.0 Connection limit per IP reached",
        "421 Max connections exceeded for your IP",
        "421 Demasiadas conexiones simultáneas",
        "421 4.7.0 Zu viele Sitzungen von Ihrer Adresse",
        "421 4.7.0 Server limit of simultaneous clients from your address reached",
        "421 Liczba połączeń przekroczona, zbyt wiele połączeń"]),
    ("L04/L09", "mail", [
        "421 4.7.0 You are sending too fast, slow down",
        "450 4.7.1 Sending rate too high",
        "450 4.7.1 Throttled: reduce your sending rate",
        "421 4.7.0 Volume from your network exceeds our limit",
        "452 4.7.1 Превышена частота отправки"]),
    ("L04/L09", "rcpt", [
        "451 4.7.1 Zu viele Nachrichten in kurzer Zeit"]),
    ("L04/L09/L05", "mail", [
        "421 4.7.0 Ralentissez, trop d'envois"]),
    ("L07", "rcpt", [
        "451 4.3.0 Backend temporarily unavailable",
        "451 4.3.0 Mail store is down for maintenance",
        "421 4.3.2 Wartungsarbeiten, bitte später",
        "451 4.3.0 Внутренняя ошибка сервера, повторите попытку",
        "451 4.2.0 Mailbox server offline",
        "450 4.3.0 Erreur temporaire du serveur"]),
    ("L07", "mail", [
        "452 4.3.1 Out of disk space",
        "421 4.3.0 try again later, load average too high"]),
    ("L07", "final", [
        "451 4.3.0 Error while writing spool file",
        "451 4.3.0 content scanner timed out"]),
    ("L08/P12", "mail", [
        "451 4.4.3 Temporary DNS error while checking sender",
        "451 4.1.8 Domain lookup for the sender timed out, try later"]),
    ("P01/P03", "rcpt", [
        "550 5.7.1 Your IP has no reverse DNS (PTR) record",
        "450 4.7.1 Reverse lookup failed for your address",
        "554 5.7.1 Kein PTR-Eintrag",
        "550 5.7.1 Connections without rDNS are refused",
        "554 5.7.1 Pas de reverse DNS pour votre adresse"]),
    ("P03/P06", "rcpt", [
        "554 5.7.1 Dynamic IP addresses are not accepted here, use your provider's relay",
        "550 5.7.1 Einwahladressen werden nicht akzeptiert",
        "550 5.7.1 Mail from residential addresses is refused"]),
    ("G10/G11/G13", "rcpt", [
        "550 5.7.1 HELO is not a fully qualified domain name",
        "550 5.7.1 HELO falsch: kein vollständiger Hostname"]),
    ("P05", "rcpt", [
        "554 5.7.1 Blocked by RBL: see spamrats.com",
        "550 5.7.1 Ihre IP-Adresse ist in einer DNSBL gelistet",
        "554 5.7.1 IP en lista negra (zen.spamhaus.org)",
        "550 5.7.1 Your address is listed in psbl.surriel.com",
        "554 5.7.1 Votre IP figure sur une liste noire (bl.spamcop.net)"]),
    ("P10", "mail", [
        "550 5.7.23 SPF validation failed",
        "550 5.7.1 Sender IP is not allowed by the SPF record"]),
    ("P10", "rcpt", [
        "550 5.7.1 SPF: неавторизованный отправитель"]),
    ("P20/P19/P14/P10/P21", "final", [
        "550 5.7.1 Message failed DMARC evaluation and the policy is reject",
        "550 5.7.1 DMARC-Prüfung fehlgeschlagen",
        "550 5.7.26 Unauthenticated mail is prohibited by DMARC"]),
    ("P23", "mail", [
        "550 5.7.1 Sender domain created recently, not yet trusted",
        "450 4.7.1 Unknown sender reputation, new IP: warm up slowly"]),
    ("P31", "mail", [
        "550 5.7.1 Blocked: too many recipients reported your mail as spam"]),
    ("P34", "connect", [
        "554 5.7.1 Open relay detected at your address"]),
    ("P38", "rcpt", [
        "550 5.7.1 Sender not in the list of permitted partners",
        "550 5.7.1 External mail is accepted from approved senders only"]),
    ("T23/A08", "mail", [
        "550 5.7.10 TLS is mandatory on this server",
        "530 5.7.0 Требуется шифрование (STARTTLS)",
        "454 4.7.0 Encryption required"]),
    ("B05", "final", [
        "552 5.3.4 Message exceeds 10 MB",
        "554 5.3.4 Nachricht überschreitet die maximale Größe",
        "552 Dimensione del messaggio superiore al limite",
        "552 5.3.4 Письмо слишком большое",
        "552 5.3.4 Too big",
        "550 5.3.4 Il messaggio è troppo grande",
        "554 5.3.4 消息太大"]),
    ("B08", "final", [
        "550 5.5.2 Bare newline not permitted",
        "521 5.7.0 lone LF in message body",
        "554 5.5.2 bare carriage return in data"]),
    ("B07", "final", [
        "554 5.6.0 A line in the message is longer than 998 bytes",
        "550 5.6.0 Header line too long"]),
    ("B11", "final", [
        "550 5.6.0 From header is missing",
        "554 5.6.0 Message has no Date field",
        "550 5.6.0 Duplicate Subject header",
        "550 5.7.1 Invalid From header: more than one address",
        "554 5.6.0 Malformed header section"]),
    ("B09", "final", [
        "554 5.6.1 Message body contains 8bit characters but BODY=8BITMIME was not given"]),
    ("B16", "final", [
        "550 5.7.1 File extension not permitted: scr",
        "554 5.7.1 Archivo adjunto no permitido",
        "552 5.7.0 Allegato bloccato",
        "554 5.7.1 Macro documents are not accepted",
        "554 5.7.1 Executable attachments are forbidden",
        "550 5.7.1 Вложение запрещено политикой",
        "554 5.7.1 Password-protected archive refused"]),
    ("B17", "final", [
        "550 5.7.1 Virus gefunden: Win32/Emotet",
        "554 5.7.1 Malware detected in attachment",
        "554 5.7.1 Message contient un virus",
        "550 5.7.1 Infected message refused",
        "554 5.7.1 Zainfekowana wiadomość (wirus)"]),
    ("B18", "final", [
        "554 5.7.1 Identified as spam",
        "550 5.7.1 Spam score too high",
        "550 5.7.1 Mensaje rechazado por spam",
        "550 5.7.1 Sisältö tunnistettu roskapostiksi",
        "550 5.7.1 Your message looks like spam",
        "554 5.7.1 Nachricht wegen Spamverdacht abgewiesen",
        "550 5.7.1 Rejected by content filter",
        "554 5.7.1 Contenuto non accettato: spam"]),
    ("B19/P09", "final", [
        "550 5.7.1 Message contains a link to a malicious site"]),
    ("N01/B13", "final", [
        "554 5.4.6 Mail loop detected",
        "550 Too many Received headers, mail is looping",
        "554 5.4.6 Trop de sauts, boucle détectée"]),
    ("A20/L06", "rcpt/587", [
        "550 5.7.1 Trial accounts may send to verified recipients only"]),
    ("P02/P01", "rcpt", [
        "550 5.7.1 Forward and reverse DNS do not match"]),
    ("G10/G11/G13/G12", "rcpt", [
        "550 5.7.1 The name in your EHLO does not resolve"]),
]


def rows():
    for causes, where, texts in ROWS:
        first, *others = causes.split("/")
        cause = (first, *others) if others else first
        yield scene(f"plain-{causes.replace('/', '-')}-{where.replace('/', '-').replace('!', '-wrong').replace('587-', '587')}", cause, where, texts, **MORE.get(first, {}))


SCENES = list(rows())
