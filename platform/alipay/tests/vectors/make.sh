#!/bin/sh
# Makes the vectors of this folder with openssl alone: keys in every shape they circulate in, notices and answers signed
# with them, and tampered twins. Independent of the Rust code that reads them. Keys are kept if they are there, so a
# second run changes nothing; remove them to start afresh. They are test keys: never use them for anything real.
set -eu
cd "$(dirname "$0")"
export LC_ALL=C

bare() { grep -v '^-' "$1" | tr -d '\n'; }

for bits in 1024 2048; do
    key="key-$bits"
    [ -e "$key.pkcs8.pem" ] || openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$bits" -out "$key.pkcs8.pem"
    openssl pkey -in "$key.pkcs8.pem" -traditional -out "$key.pkcs1.pem"
    openssl pkey -in "$key.pkcs8.pem" -pubout -out "$key.spki.pem"
    for shape in pkcs8 pkcs1 spki; do bare "$key.$shape.pem" >"$key.$shape.txt"; done
done
printf '0123456789abcdefghijklmnopqrstuv' >key-md5.txt

# sign MD5|RSA|RSA2 <message: the value of `sign`
sign() {
    case $1 in
        MD5) cat - key-md5.txt | openssl dgst -md5 -r | cut -d' ' -f1 | tr -d '\n' ;;
        RSA) openssl dgst -sha1 -sign key-1024.pkcs8.pem | openssl base64 -A ;;
        RSA2) openssl dgst -sha256 -sign key-2048.pkcs8.pem | openssl base64 -A ;;
    esac
}

# presign <lines of name=value: the string that is signed
presign() { sort -t= -k1,1 | tr '\n' '&' | sed 's/&$//'; }

# escape <bytes: percent-encoded, every byte
escape() { od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g'; }

# form <lines of name=value: a form body without signature
form() {
    while IFS= read -r line; do
        printf '%s=' "${line%%=*}"
        printf '%s' "${line#*=}" | escape
        printf '&'
    done
}

notice_fields() {
    cat <<'END'
notify_type=trade_status_sync
notify_id=ac05099524730693a8b330c5ecf72da978
notify_time=2024-01-02 03:06:00
notify_action_type=payByAccountAction
out_trade_no=TRIP_20240102_000001
trade_no=2024010222001400000000000001
trade_status=TRADE_SUCCESS
subject=出租车 A&B 100%+d
total_fee=38.50
currency=HKD
seller_id=2088101122136241
buyer_id=2088102150477652
gmt_payment=2024-01-02 03:05:59
END
}

# notice NAME SIGN_TYPE <lines of name=value
notice() {
    lines=$(cat)
    signature=$(printf '%s\n' "$lines" | presign | sign "$2" | escape)
    { printf '%s\n' "$lines" | form; printf 'sign_type=%s&sign=%s' "$2" "$signature"; } >"notice-$1.form"
}

notice_fields | notice md5 MD5
notice_fields | notice rsa RSA
notice_fields | notice rsa2 RSA2
{ notice_fields; echo 'charset=GBK'; } | iconv -f UTF-8 -t GBK | notice gbk-rsa2 RSA2

# sign_type inside the signed string, as newer messages have it.
signature=$({ notice_fields; echo 'sign_type=RSA2'; } | presign | sign RSA2 | escape)
{ notice_fields; echo 'sign_type=RSA2'; } | form >notice-inside-rsa2.form
printf 'sign=%s' "$signature" >>notice-inside-rsa2.form

# The amount, 38.50, becomes 08.50 under the old signature.
for name in md5 rsa rsa2 gbk-rsa2 inside-rsa2; do
    sed 's/%33%38%2e%35%30/%30%38%2e%35%30/' "notice-$name.form" >"notice-$name-tampered.form"
done

# answer NAME SIGN_TYPE CHARSET <lines of name=value
answer() {
    lines=$(cat)
    signature=$(printf '%s\n' "$lines" | iconv -f UTF-8 -t "$3" | presign | sign "$2")
    inner=$(printf '%s\n' "$lines" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/^\([a-z_]*\)=\(.*\)$/<\1>\2<\/\1>/' | tr -d '\n')
    printf '<?xml version="1.0" encoding="%s"?>\n<alipay><is_success>T</is_success><request><param name="sign">x</param></request><response><alipay>%s</alipay></response><sign>%s</sign><sign_type>%s</sign_type></alipay>' \
        "$3" "$inner" "$signature" "$2" | iconv -f UTF-8 -t "$3" >"create-$1.xml"
    sed 's/00000001</00000002</' "create-$1.xml" >"create-$1-tampered.xml"
}

create_fields() {
    cat <<'END'
result_code=SUCCESS
trade_no=2024010222001400000000000001
out_trade_no=TRIP_20240102_000001
subject=出租车 A&B <1>
END
}

create_fields | answer md5 MD5 UTF-8
create_fields | answer rsa RSA UTF-8
create_fields | answer rsa2 RSA2 UTF-8
create_fields | answer gbk-rsa2 RSA2 GBK

payload='{"user_id":"2088102150477652","access_token":"to\/ken","expires_in":3600,"re_expires_in":"3600","sign":"inner"}'
signature=$(printf '%s' "$payload" | sign RSA2)
printf '{"sign":"%s","alipay_system_oauth_token_response" : %s }' "$signature" "$payload" >token-rsa2.json
sed 's/2088102150477652/2088102150477653/' token-rsa2.json >token-rsa2-tampered.json
