#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: validator_test.sh DIR-OF-VALID-MESSAGES SCRATCH-DIR
# Shows that validate_dir.sh can fail: breaks one thing of a valid message at a time.
set -eu
here=$(dirname "$0")
valid=$1
scratch=$2
failed=0

# NAME MESSAGE SED-SCRIPT
rejects() {
  rm -rf "$scratch"
  mkdir -p "$scratch"
  sed "$3" "$valid/$2" > "$scratch/$2"
  if cmp -s "$valid/$2" "$scratch/$2"; then
    echo "$1: the script changes nothing"
    failed=1
  elif "$here/validate_dir.sh" "$scratch" > "$scratch/output"; then
    echo "$1: accepted"
    failed=1
  fi
}

inform=inform-boot.v0.xml
values=GetParameterValuesResponse-types.v1.xml
fault=Fault-9003-parameters.v0.xml
later=DownloadResponse-status-1.v0.xml
complete=TransferComplete-request-plain.v0.xml
rejects 'unknown namespace' $inform 's/cwmp-1-0/cwmp-1-1/'
rejects 'unknown message' $inform 's/cwmp:Inform/cwmp:Infrom/g'
rejects 'lower-case OUI' $inform 's/000B82</000b82</'
rejects 'event text' $inform 's/1 BOOT/1 Boot/'
rejects 'missing element' $inform 's/<MaxEnvelopes>1<.MaxEnvelopes>//'
rejects 'order of elements' $inform 's/\(<MaxEnvelopes>.*<.MaxEnvelopes>\)\(<CurrentTime>.*<.CurrentTime>\)/\2\1/'
rejects 'date' $inform 's/<CurrentTime>2/<CurrentTime>x/'
rejects 'event pairs' $inform 's/M Reboot/3 SCHEDULED/'
rejects 'mustUnderstand of 0' $inform 's/mustUnderstand="1"/mustUnderstand="0"/'
rejects 'missing mustUnderstand' $inform 's/ soap:mustUnderstand="1"//'
rejects 'number of events' $inform 's/EventStruct\[./EventStruct[9/'
rejects 'number of values' $values 's/ParameterValueStruct\[./ParameterValueStruct[9/'
rejects 'absent arrayType' $values 's/ soap-enc:arrayType="[^"]*"//'
rejects 'absent xsi:type' $values 's/ xsi:type="xsd:int"//'
rejects 'xsd:base64' $values 's/xsd:base64Binary/xsd:base64/'
rejects 'boolean' $values 's/>true</>True</'
rejects 'qualified child' $values 's/\(<.\?\)ParameterList/\1cwmp:ParameterList/g'
rejects 'faultstring' $fault 's/CWMP fault/CWMP Fault/'
rejects 'faultcode' $fault 's/soap:Client/soap:Sender/'
rejects 'unknown fault code' $fault 's/<FaultCode>9005/<FaultCode>9905/'
rejects 'times of what is to come' $later 's/StartTime>0001/StartTime>2001/'
rejects 'fault string without a fault' $complete 's/<FaultString>/<FaultString>none/'
rejects 'transfer fault of 1.1' $complete 's/<FaultCode>0/<FaultCode>9016/'

rm -rf "$scratch"
mkdir -p "$scratch"
if "$here/validate_dir.sh" "$scratch" > /dev/null; then
  echo 'empty directory: accepted'
  failed=1
fi
cp "$valid/$inform" "$scratch/inform.xml"
cp "$valid/$inform" "$scratch/"
if "$here/validate_dir.sh" "$scratch" > /dev/null; then
  echo 'a file without version: accepted'
  failed=1
fi
exit "$failed"
