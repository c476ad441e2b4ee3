#!/bin/sh
# Sends the configuration that five billing systems document for their customers, as commands of
# this service, and reads each value back. Prints a line for each check; exits with 1 when one fails.
#
#   DOSSIER_URL       where the service is; default http://127.0.0.1:8080
#   DOSSIER_KEY       a key with all scopes; default: the first key that `dossier serve` made
#   DOSSIER_DATA_DIR  where that key is looked for; default: where `dossier serve` keeps its data
#
# Needs curl. Everything it makes is new on each run, so it can be run again.
set -eu

url=${DOSSIER_URL:-http://127.0.0.1:8080}
if [ "$(id -u)" = 0 ]; then
    data_dir=${DOSSIER_DATA_DIR:-/var/lib/dossier}
else
    data_dir=${DOSSIER_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/dossier}
fi
if [ -z "${DOSSIER_KEY:-}" ]; then
    [ -r "$data_dir/dev-key" ] || { echo "set DOSSIER_KEY: there is no $data_dir/dev-key" >&2; exit 2; }
    DOSSIER_KEY=$(cat "$data_dir/dev-key")
fi

run=$(date +%s)-$$
sent=0
passed=0
failed=0

# request METHOD PATH [BODY]: leaves $status and $answer. The key goes through standard input, where
# other users of the machine don't see it.
request() {
    sent=$((sent + 1))
    method=$1 path=$2
    set -- --silent --show-error --max-time 30 --request "$method" \
        --header "X-Actor: seeds.sh" --write-out '\n%{http_code}' ${3+--data-binary "$3"}
    if [ "$method" = POST ]; then
        set -- "$@" --header "Content-Type: application/json" \
            --header "Idempotency-Key: ${idempotency_key:-seeds-$run-$sent}"
    fi
    answer=$(printf 'header = "Authorization: Bearer %s"\n' "$DOSSIER_KEY" |
        curl --config - "$@" "$url$path") || { echo "$url does not answer" >&2; exit 2; }
    status=${answer##*
}
    answer=${answer%
*}
}

# check NAME OK: counts a check and prints it.
check() {
    if [ "$2" = yes ]; then
        passed=$((passed + 1))
        echo "ok    $1"
    else
        failed=$((failed + 1))
        echo "WRONG $1"
        echo "      $status $answer"
    fi
}

# has FRAGMENT: whether the answer has it.
has() {
    if printf '%s' "$answer" | grep -qF -- "$1"; then echo yes; else echo no; fi
}

# register NAME EXTERNAL_ID: makes the customer that the next checks are about, $customer.
register() {
    request POST /v1/customers "{\"external_id\":\"$2\",\"profile\":{\"name\":\"$1\"}}"
    customer=$(printf '%s' "$answer" | sed -n 's/^{"id":"\([0-9a-f-]*\)".*/\1/p')
    if [ "$status" = 201 ] && [ -n "$customer" ]; then check "register $1" yes
    else check "register $1" no; exit 1; fi
}

# command NAME BODY FRAGMENT: sends a command, and requires that the customer has FRAGMENT then.
command_gives() {
    request POST "/v1/customers/$customer/commands/$1" "$2"
    if [ "$status" != 200 ]; then check "$1" no; return; fi
    request GET "/v1/customers/$customer"
    check "$1 -> $3" "$(has "$3")"
}

# refuses NAME BODY CODE: requires that the command is refused with CODE.
refuses() {
    request POST "/v1/customers/$customer/commands/$1" "$2"
    check "$1 is refused: $3" "$(has "\"code\":\"$3\"")"
}

# The id of what the last command made.
made() {
    printf '%s' "$answer" | sed -n 's/.*"data":{"id":"\([0-9a-f-]*\)".*/\1/p'
}

echo "# Metronome: update a customer configuration"
register "Metronome customer" "metronome-$run"
command_gives update-config '{"salesforce_account_id":"0015500001WO1ZiABL"}' \
    '"config":{"salesforce_account_id":"0015500001WO1ZiABL"}'
command_gives update-config '{"leave_stripe_invoices_in_draft":false}' \
    '"config":{"salesforce_account_id":"0015500001WO1ZiABL","leave_stripe_invoices_in_draft":false}'
command_gives update-config '{"leave_stripe_invoices_in_draft":null}' \
    '"config":{"salesforce_account_id":"0015500001WO1ZiABL"}'

echo "# Metronome: set billing provider configurations"
stripe='{"stripe_customer_id":"cus_123","stripe_collection_method":"charge_automatically"}'
invoice='{"stripe_customer_id":"cus_123","stripe_collection_method":"send_invoice"}'
aws='{"aws_customer_id":"ABC123","aws_product_code":"p1","aws_region":"us-east-1"}'
command_gives add-billing-config \
    "{\"provider\":\"stripe\",\"delivery_method\":\"direct_to_billing_provider\",\"configuration\":$stripe}" \
    '"stripe_collection_method":"charge_automatically"'
command_gives add-billing-config \
    "{\"provider\":\"stripe\",\"delivery_method\":\"direct_to_billing_provider\",\"configuration\":$invoice}" \
    '"stripe_collection_method":"send_invoice"'
command_gives add-billing-config \
    "{\"provider\":\"aws_marketplace\",\"delivery_method\":\"tackle\",\"configuration\":$aws}" \
    '"delivery_method":"tackle"'
command_gives add-billing-config \
    '{"provider":"custom","delivery_method":"aws_sqs"}' '"delivery_method":"aws_sqs"'
command_gives add-billing-config \
    '{"provider":"custom","delivery_method":"aws_sns"}' '"delivery_method":"aws_sns"'
refuses add-billing-config '{"provider":"custom"}' delivery_method_missing
request POST /v1/tenant/commands/add-delivery-method \
    '{"provider":"netsuite","delivery_method":"direct_to_billing_provider"}'
account=$(made)
command_gives add-billing-config \
    "{\"provider\":\"netsuite\",\"delivery_method_id\":\"$account\",\"configuration\":{\"netsuite_customer_id\":\"1\"}}" \
    "\"delivery_method_id\":\"$account\""
request POST /v1/tenant/commands/archive-delivery-methods "{\"ids\":[\"$account\"]}"
check "archive the delivery method" "$(has DeliveryMethodArchived)"

echo "# FlexPrice: update a customer"
register "Acme Corp" "user_12345-$run"
parent=$customer
command_gives update-profile '{"name":"Acme Corp (Updated)","email":"billing-new@acme.com"}' \
    '"profile":{"name":"Acme Corp (Updated)","email":"billing-new@acme.com"}'
command_gives update-profile \
    '{"address":{"line1":"123 Main Street","city":"San Francisco","state":"CA","postal_code":"94105","country":"US"}}' \
    '"address":{"line1":"123 Main Street","city":"San Francisco","state":"CA","postal_code":"94105","country":"US"}'
command_gives update-profile '{"email":"new-email@acme.com"}' \
    '"name":"Acme Corp (Updated)","email":"new-email@acme.com"'
command_gives replace-metadata \
    '{"metadata":{"plan_tier":"enterprise_plus","renewal_date":"2025-01-15"}}' \
    '"metadata":{"plan_tier":"enterprise_plus","renewal_date":"2025-01-15"}'
command_gives change-external-id "{\"external_id\":\"user_67890-$run\"}" \
    "\"external_id\":\"user_67890-$run\""
request GET "/v1/customers/external:user_12345-$run"
check "the former external id still finds it" "$(has "\"id\":\"$customer\"")"
command_gives map-integration '{"provider_type":"stripe","provider_entity_id":"cus_123"}' \
    '"integrations":[{"provider_type":"stripe","provider_entity_id":"cus_123"}]'

echo "# Telness Tech: set billing configuration and payment preferences"
register "Telness customer" "telness-$run"
profile=m47ac10b-58cc-4372-a567-0e02b2c3d479
refuses update-invoice-delivery '{"method":"EMAIL_INVOICE"}' invoice_email_missing
command_gives update-invoice-delivery \
    '{"method":"EMAIL_INVOICE","email":"billing@company.com","currency":"USD"}' \
    '"invoice_delivery":{"method":"EMAIL_INVOICE","email":"billing@company.com","currency":"USD"}'
refuses update-invoice-delivery '{"method":"PAPER_INVOICE"}' invoice_address_missing
refuses set-default-payment-profile "{\"payment_profile_id\":\"$profile\",\"auto_pay\":true}" \
    payment_profile_unknown
command_gives attach-payment-profile \
    "{\"id\":\"$profile\",\"status\":\"ACTIVE\",\"type\":\"CARD\",\"provider\":\"STRIPE\"}" \
    "\"profiles\":[{\"id\":\"$profile\",\"status\":\"ACTIVE\""
command_gives set-default-payment-profile "{\"payment_profile_id\":\"$profile\",\"auto_pay\":true}" \
    "\"default_payment_profile_id\":\"$profile\",\"auto_pay\":true"
command_gives set-default-payment-profile '{"payment_profile_id":null}' '"payment":{"auto_pay":false'
command_gives update-profile \
    '{"type":"BUSINESS","locale":"en-US","human_readable_id":"29A-BY3Z-X78"}' \
    '"locale":"en-US","human_readable_id":"29A-BY3Z-X78"'
command_gives update-profile \
    '{"shipping":{"name":"Ada","address":{"line1":"Main Street 1","city":"Stockholm","country":"SE"}}}' \
    '"shipping":{"name":"Ada","address":{"line1":"Main Street 1","city":"Stockholm","country":"SE"}}'

echo "# Maple: update a customer"
# The page shows placeholders; where a rule wants more of a value than that, an allowed one stands
# in: a country's code, an e-mail address, a locale, a percentage from 0 to 100.
register "Maple customer" "maple-$run"
command_gives update-profile \
    '{"address":{"line1":"<string>","line2":"<string>","city":"<string>","state":"<string>","postal_code":"<string>","country":"IN","place_id":"<string>"}}' \
    '"address":{"line1":"<string>","line2":"<string>","city":"<string>","state":"<string>","postal_code":"<string>","country":"IN","place_id":"<string>"}'
command_gives update-profile \
    '{"email":"a@maple.example","exclude_from_metrics":true,"locale":"en-IN","org_name":"<string>","owner_id":"<string>","phone":"<string>","title":"<string>"}' \
    '"org_name":"<string>","title":"<string>","email":"a@maple.example","phone":"<string>","locale":"en-IN","owner_id":"<string>","exclude_from_metrics":true'
command_gives set-rollup-billing \
    '{"enabled":true,"auto_charges":true,"frequency":"HOUR","start_date":"2023-11-07T05:31:56Z","end_date":"2023-11-07T05:31:56Z","invoice_due_date_from_creation":1,"invoice_additional_display_fields":[{"name":"<string>","value":"<string>"}]}' \
    '"rollup":{"enabled":true,"auto_charges":true,"frequency":"HOUR","start_date":"2023-11-07T05:31:56.000000Z","end_date":"2023-11-07T05:31:56.000000Z","invoice_due_date_from_creation":1,"invoice_additional_display_fields":[{"name":"<string>","value":"<string>"}]}'
command_gives set-tax-settings \
    '{"overrides":[{"country":"IN","type":"GST","name":"<string>","rate":"123","region":"<string>","description":"<string>"}]}' \
    '"overrides":[{"country":"IN","type":"GST","name":"<string>","rate":"123","region":"<string>","description":"<string>"}]'
command_gives set-parent "{\"parent_customer_id\":\"$parent\"}" "\"parent_customer_id\":\"$parent\""
idempotency_key=seeds-$run-once
request POST "/v1/customers/$customer/commands/update-profile" '{"name":"Maple customer (updated)"}'
first=$answer
request POST "/v1/customers/$customer/commands/update-profile" '{"name":"Maple customer (updated)"}'
check "a request sent twice has one answer" "$(if [ "$answer" = "$first" ]; then echo yes; else echo no; fi)"

echo "$passed checks passed, $failed failed"
[ "$failed" = 0 ]
